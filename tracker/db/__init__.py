"""The one door to PostgreSQL: pool, named statements, migrations, and the embedded server."""
