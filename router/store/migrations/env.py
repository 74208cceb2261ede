"""Run by Alembic inside the transaction of ``store.database``, which commits all migrations or none."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
