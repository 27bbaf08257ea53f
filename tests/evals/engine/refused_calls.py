"""System calls that the sandbox refuses, by whose list they are on."""

from __future__ import annotations

# https://docs.docker.com/engine/security/seccomp/#significant-syscalls-blocked-by-the-default-profile
REFUSED_BY_DOCKER = """
    acct add_key bpf clock_adjtime clock_settime delete_module finit_module get_mempolicy init_module
    io_uring_enter io_uring_register io_uring_setup kcmp kexec_file_load kexec_load keyctl
    lookup_dcookie mbind mount move_pages name_to_handle_at nfsservctl open_by_handle_at perf_event_open
    personality pivot_root process_vm_readv process_vm_writev ptrace quotactl reboot request_key set_mempolicy
    setns settimeofday swapoff swapon umount2 unshare userfaultfd
"""
# https://github.com/flatpak/flatpak/blob/main/common/flatpak-run.c (setup_seccomp)
REFUSED_BY_FLATPAK = """
    chroot clone3 fsconfig fsmount fsopen fspick migrate_pages mount_setattr move_mount open_tree syslog
"""
REFUSED_HERE = """
    adjtimex copy_file_range execveat fanotify_init fchown fchownat fsetxattr inotify_init1 io_setup
    landlock_create_ruleset memfd_create memfd_secret mknodat mlock mlockall mq_open msgget pidfd_getfd
    pidfd_open pidfd_send_signal process_madvise sched_setaffinity sched_setscheduler seccomp semget sendfile
    setdomainname setfsuid setgid setgroups sethostname setresuid setsid setsockopt setuid setxattr shmget
    accept accept4 bind connect listen socket splice sync tee timer_create vhangup vmsplice
"""
REFUSED = f"{REFUSED_BY_DOCKER} {REFUSED_BY_FLATPAK} {REFUSED_HERE}".split()
