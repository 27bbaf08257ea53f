"""What beat does, and when. Nothing depends on a tick: each job looks in the database for its work."""

from celery.schedules import crontab

DISPATCH_EVERY_S = 5.0
PUBLISH_EVERY_S = 300.0
EXPORT_AT = crontab(hour=3, minute=17)

SCHEDULE = {
    "export": {"task": "worker.export", "schedule": EXPORT_AT, "options": {"expires": 3600}},
    "dispatch": {
        "task": "worker.dispatch",
        "schedule": DISPATCH_EVERY_S,
        "options": {"expires": DISPATCH_EVERY_S},
    },
    "publish": {
        "task": "worker.publish",
        "schedule": PUBLISH_EVERY_S,
        "options": {"expires": PUBLISH_EVERY_S},
    },
}
