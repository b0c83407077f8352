"""The mailbox's table, and what is asked of it for every message."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, bindparam, select, text

METADATA = MetaData()
MAILBOX = Table(
    "avatar_bot_mailbox",
    METADATA,
    # SQLite counts rows by an INTEGER only, and gives no number twice only with AUTOINCREMENT.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("recipient", String(255), nullable=False),
    Column("topic", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Index("avatar_bot_mailbox_recipient", "recipient", "number"),
    sqlite_autoincrement=True,
)

# Built once: thousands of reads follow a start.
READ = (
    select(MAILBOX)
    .where(MAILBOX.c.recipient == bindparam("recipient"), MAILBOX.c.number > bindparam("after"))
    .order_by(MAILBOX.c.number)
)
# Any number that nobody else locks: writers hold it until their commit.
WRITING = 7_331_906
# A row gets its number once the lock is held: numbers are made for the rows of the join.
INSERT_ON_SERVER = text("""
    INSERT INTO avatar_bot_mailbox (recipient, topic, body)
    SELECT new.recipient, new.topic, new.body
    FROM (SELECT pg_advisory_xact_lock(:key), pg_notify(:channel, :sender)) AS locked,
         unnest(CAST(:recipients AS text[]), CAST(:topics AS text[]), CAST(:bodies AS text[]))
             AS new (recipient, topic, body)
    RETURNING number""")
