"""Beat's schedule. Nothing depends on a tick: each job reads its work from the database."""

from celery.schedules import crontab

from worker.wakeups import valid_for

DISPATCH_EVERY_S = 5.0
ANSWER_EVERY_S = 15.0
KEYS_EVERY_S = 30.0
PUBLISH_EVERY_S = 300.0
NOTIFY_EVERY_S = 5.0
CHECK_CLAIMS_EVERY_S = 600.0
EXPORT_AT = crontab(hour=3, minute=17)
SYNC_VALID_S = 3600.0
RENEW_VALID_S = 3600.0

NIGHT = crontab(hour=3, minute=17)

SCHEDULE = {
    "export": {"task": "worker.export", "schedule": EXPORT_AT, "options": valid_for(3600)},
    "dispatch": {
        "task": "worker.dispatch",
        "schedule": DISPATCH_EVERY_S,
        "options": valid_for(DISPATCH_EVERY_S),
    },
    "preflight": {
        "task": "worker.preflight",
        "schedule": DISPATCH_EVERY_S,
        "options": valid_for(DISPATCH_EVERY_S),
    },
    "keys": {"task": "worker.keys", "schedule": KEYS_EVERY_S, "options": valid_for(KEYS_EVERY_S)},
    "answer": {"task": "worker.answer", "schedule": ANSWER_EVERY_S, "options": valid_for(ANSWER_EVERY_S)},
    "publish": {"task": "worker.publish", "schedule": PUBLISH_EVERY_S, "options": valid_for(PUBLISH_EVERY_S)},
    "draw": {"task": "worker.draw", "schedule": PUBLISH_EVERY_S, "options": valid_for(PUBLISH_EVERY_S)},
    "notify": {"task": "worker.notify", "schedule": NOTIFY_EVERY_S, "options": valid_for(NOTIFY_EVERY_S)},
    "nightly": {"task": "worker.nightly", "schedule": NIGHT, "options": valid_for(3600.0)},
    "sync-imports": {
        "task": "worker.sync_imports",
        "schedule": crontab(hour="4", minute="17"),
        "options": valid_for(SYNC_VALID_S),
    },
    "check claims": {
        "task": "worker.check_claims",
        "schedule": CHECK_CLAIMS_EVERY_S,
        "options": valid_for(CHECK_CLAIMS_EVERY_S),
    },
    "renew fresh": {
        "task": "worker.renew_fresh",
        "schedule": crontab(minute="3"),  # hourly, so that a long stop cannot miss the first of a month
        "options": valid_for(RENEW_VALID_S),
    },
}
