"""Administration: users, devices, roles, grants, sessions, the audit trail.

What can be done stands in :mod:`.operations`, as plain functions on the accounts. A node that runs offers each of them
as a procedure under ``wampi.admin.`` (:mod:`.procedures`) and lets it take effect on live sessions at once; the command
line calls the same functions where no node runs.
"""
