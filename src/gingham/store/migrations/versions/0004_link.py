"""Link, whole: each part of it adds its tables and columns in a function of its own."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass
