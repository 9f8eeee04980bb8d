"""All tables, as migrations. It knows no Python value and no connection: only the SQL that makes the file.

Common to all tables: `id` is a UUID as text; `seq` orders rows by when they came, since a clock can be set back; times
are ISO 8601 in UTC with microseconds and a trailing Z, so that texts sort like times; JSON is text. Vectors are plain
blobs and no table needs an extension, so that any SQLite of 3.37 or later reads everything.

A released migration is never edited: a file that has run it would not get the change. Add the next one.
"""

from collections.abc import Callable

from julep_local.errors import NewerDatabase, NotADatabase

APPLICATION_ID = int.from_bytes(b"Jlep", "big")
"""Stands in the file's header, where `file` and other programs see whose it is."""

AGENTS_AND_USERS = (
    """
    create table agents (
        seq integer primary key,
        id text not null unique,
        name text not null,
        about text,
        model text not null,                -- as the caller named it, even if another model answers
        instructions text not null default '[]' check (json_valid(instructions)),  -- JSON list of strings
        default_settings text check (json_valid(default_settings)),  -- JSON object; null is none
        metadata text not null default '{}' check (json_valid(metadata)),  -- JSON object
        created_at text not null,
        updated_at text not null
    ) strict
    """,
    "create index agents_by_created_at on agents (created_at)",
    "create index agents_by_updated_at on agents (updated_at)",
    """
    create table users (
        seq integer primary key,
        id text not null unique,
        name text,
        about text,
        metadata text not null default '{}' check (json_valid(metadata)),  -- JSON object
        created_at text not null,
        updated_at text not null
    ) strict
    """,
    "create index users_by_created_at on users (created_at)",
    "create index users_by_updated_at on users (updated_at)",
    """
    create table tools (
        seq integer primary key,
        id text not null unique,
        agent_id text not null references agents (id) on delete cascade,
        type text not null,                 -- 'function' or 'webhook'
        name text not null,                 -- several tools of an agent may have the same
        description text,
        parameters text not null check (json_valid(parameters)),  -- JSON schema of the arguments
        created_at text not null,
        updated_at text not null
    ) strict
    """,
    "create index tools_by_agent on tools (agent_id)",
)

HISTORY = (
    """
    create table sessions (
        seq integer primary key,
        id text not null unique,
        agent_id text not null references agents (id) on delete cascade,
        user_id text references users (id) on delete set null,  -- a session outlives its user
        situation text,
        render_templates integer not null default 0 check (render_templates in (0, 1)),
        metadata text not null default '{}' check (json_valid(metadata)),  -- JSON object
        summary text,                       -- of the messages that no longer fit into a prompt
        summarised_through integer not null default 0,  -- messages.seq of the last message in the summary
        created_at text not null,
        updated_at text not null
    ) strict
    """,
    "create index sessions_by_agent on sessions (agent_id)",
    "create index sessions_by_user on sessions (user_id)",
    "create index sessions_by_created_at on sessions (created_at)",
    "create index sessions_by_updated_at on sessions (updated_at)",
    """
    create table messages (
        -- autoincrement: a summary that was under way while the history was deleted names an old seq, and must not
        -- cover a new message that got the same
        seq integer primary key autoincrement,
        id text not null unique,
        session_id text not null references sessions (id) on delete cascade,
        turn_id text not null,              -- the same for what was asked and what was answered
        role text not null,
        name text,
        content text not null check (json_valid(content)),  -- JSON: a string, or a list of parts
        created_at text not null
    ) strict
    """,
    "create index messages_by_session on messages (session_id)",  # ends with seq, as every index here
    """
    create table suggestions (
        seq integer primary key,
        session_id text not null references sessions (id) on delete cascade,
        message_id text not null,           -- the message it was formed after
        target text not null check (target in ('user', 'agent')),
        content text not null,
        created_at text not null
    ) strict
    """,
    "create index suggestions_by_session on suggestions (session_id)",
)

DOCS = (
    """
    create table embedding_sets (
        id integer primary key,
        name text not null unique,          -- the embedder and a hash of its weights: the vector space
        n_dims integer not null check (n_dims > 0)
    ) strict
    """,
    """
    create table docs (
        seq integer primary key,
        id text not null unique,
        agent_id text references agents (id) on delete cascade,
        user_id text references users (id) on delete cascade,
        title text not null,
        content text not null check (json_valid(content)),  -- JSON: a string or a list of strings, as given
        metadata text not null default '{}' check (json_valid(metadata)),  -- JSON object
        created_at text not null,           -- a doc never changes: there is no updated_at
        check ((agent_id is null) <> (user_id is null))
    ) strict
    """,
    "create index docs_by_agent on docs (agent_id, created_at)",
    "create index docs_by_user on docs (user_id, created_at)",
    """
    create table chunks (
        id integer primary key,
        doc_id text not null references docs (id) on delete cascade,
        owner_id text not null,             -- the doc's agent_id or user_id
        position integer not null,          -- 0 is the first chunk of the doc
        title text not null,                -- the doc's, for the text index
        content text not null,
        own text generated always as (replace(owner_id, '-', '')) virtual,  -- owner as one word of the text index
        unique (doc_id, position)
    ) strict
    """,
    "create index chunks_by_owner on chunks (owner_id)",
    """
    create table chunk_vectors (
        chunk_id integer not null references chunks (id) on delete cascade,
        embedding_set_id integer not null references embedding_sets (id),
        owner_id text not null,             -- the chunk's: a search reads one owner's vectors and no others
        embedding blob not null,            -- n_dims float32, little-endian, of unit length
        primary key (chunk_id, embedding_set_id)
    ) strict
    """,
    "create index chunk_vectors_by_owner on chunk_vectors (owner_id, embedding_set_id)",
    # content="..." is spelled as sqlite-utils and Datasette look for it, so that their search finds the index;
    # the owner is a word of the index: 0.9 ms instead of 16 for one of 100 owners with 100,000 chunks in all
    """
    create virtual table chunks_fts using fts5 (
        own, title, content,
        content="chunks", content_rowid="id",
        tokenize = 'porter unicode61 remove_diacritics 2'
    )
    """,
    """
    create trigger chunks_to_fts after insert on chunks begin
        insert into chunks_fts (rowid, own, title, content)
        values (new.id, new.own, new.title, new.content);
    end
    """,
    """
    create trigger chunks_from_fts after delete on chunks begin
        insert into chunks_fts (chunks_fts, rowid, own, title, content)
        values ('delete', old.id, old.own, old.title, old.content);
    end
    """,
    """
    create trigger chunks_in_fts after update on chunks begin
        insert into chunks_fts (chunks_fts, rowid, own, title, content)
        values ('delete', old.id, old.own, old.title, old.content);
        insert into chunks_fts (rowid, own, title, content)
        values (new.id, new.own, new.title, new.content);
    end
    """,
)

MEMORIES = (
    """
    create table memories (
        seq integer primary key,
        id text not null unique,
        agent_id text not null references agents (id) on delete cascade,  -- who remembers
        user_id text not null references users (id) on delete cascade,    -- about whom
        content text not null,
        timestamp text,                     -- when that was said which it was formed from
        last_accessed_at text,              -- when it was last recalled
        sentiment real check (sentiment between -1 and 1),  -- -1 bad, 1 good
        entities text not null default '[]' check (json_valid(entities)),  -- JSON list of objects
        created_at text not null,
        own text generated always as (replace(agent_id || ' ' || user_id, '-', '')) virtual  -- two words to search by
    ) strict
    """,
    "create index memories_by_agent on memories (agent_id, user_id)",
    "create index memories_by_user on memories (user_id)",
    """
    create table memory_sources (
        memory_id text not null references memories (id) on delete cascade,
        message_id text not null,           -- no reference: a memory outlives the history that it was formed from
        primary key (memory_id, message_id)
    ) strict, without rowid
    """,
    """
    create table memory_vectors (
        memory_id text not null references memories (id) on delete cascade,
        embedding_set_id integer not null references embedding_sets (id),
        embedding blob not null,            -- n_dims float32, little-endian, of unit length
        primary key (memory_id, embedding_set_id)
    ) strict
    """,
    """
    create virtual table memories_fts using fts5 (
        own, content,
        content="memories", content_rowid="seq",
        tokenize = 'porter unicode61 remove_diacritics 2'
    )
    """,
    """
    create trigger memories_to_fts after insert on memories begin
        insert into memories_fts (rowid, own, content)
        values (new.seq, new.own, new.content);
    end
    """,
    """
    create trigger memories_from_fts after delete on memories begin
        insert into memories_fts (memories_fts, rowid, own, content)
        values ('delete', old.seq, old.own, old.content);
    end
    """,
    # only of these: a recall writes last_accessed_at, which the text index does not hold
    """
    create trigger memories_in_fts after update of agent_id, user_id, content on memories begin
        insert into memories_fts (memories_fts, rowid, own, content)
        values ('delete', old.seq, old.own, old.content);
        insert into memories_fts (rowid, own, content)
        values (new.seq, new.own, new.content);
    end
    """,
)

JOBS = (
    """
    create table jobs (
        seq integer primary key,
        id text not null unique,
        name text not null,                 -- for people: 'embed the doc "Tides"'
        kind text not null,                 -- for the program: what to do with the payload
        payload text not null check (json_valid(payload)),  -- JSON object
        state text not null default 'pending'
            check (state in ('pending', 'in_progress', 'retrying', 'succeeded', 'aborted', 'failed', 'unknown')),
        reason text,                        -- why it is in this state
        progress real check (progress between 0 and 100),  -- null: it does not say
        attempts integer not null default 0,  -- how often it was begun
        lease_owner text,                   -- who works on it ...
        lease_until text,                   -- ... and until when nobody else may: a process can die
        created_at text not null,
        updated_at text not null
    ) strict
    """,
    """
    create index jobs_unfinished on jobs (seq)
    where state in ('pending', 'in_progress', 'retrying')
    """,
)

# For people with Datasette, DuckDB or pandas. The library itself reads the tables; views cannot be written to.
VIEWS = (
    # one row per message, with names, and the content as text: of a list of parts, the texts
    """
    create view history as
    select
        messages.session_id,
        messages.turn_id,
        messages.seq,
        agents.name as agent,
        users.name as user,
        messages.role,
        messages.name,
        case json_type(messages.content)
            when 'text' then json_extract(messages.content, '$')
            else (
                select group_concat(json_extract(part.value, '$.text'), char(10))
                from json_each(messages.content) as part
            )
        end as content,
        messages.created_at
    from messages
    join sessions on sessions.id = messages.session_id
    join agents on agents.id = sessions.agent_id
    left join users on users.id = sessions.user_id
    """,
    # one row for everything that a turn can be shown: docs and memories of agents and users
    """
    create view recallable as
    select
        'doc' as kind,
        docs.id,
        docs.agent_id,
        docs.user_id,
        docs.title,
        (select group_concat(chunks.content, char(10)) from chunks where chunks.doc_id = docs.id) as content,
        docs.created_at
    from docs
    union all
    select 'memory', id, agent_id, user_id, null, content, created_at
    from memories
    """,
)


def m001_first_tables(execute: Callable[[str], object]) -> None:
    """Make a blank file ours."""
    for statement in (*AGENTS_AND_USERS, *HISTORY, *DOCS, *MEMORIES, *JOBS, *VIEWS):
        execute(statement)
    execute(f"pragma application_id = {APPLICATION_ID}")


MIGRATIONS = (m001_first_tables,)
"""In order: the n-th, counted from 1, makes version n."""

VERSION = len(MIGRATIONS)


def check_header(path: str, *, application_id: int, version: int, n_tables: int) -> None:
    """Check that a file with this in its header may be opened: it is ours and not from the future, or blank.

    Raises:
        NotADatabase: another program's.
        NewerDatabase: a newer release's.
    """
    if application_id == APPLICATION_ID:
        if version > VERSION:
            raise NewerDatabase(
                f"a newer release of julep_local wrote this file (version {version}; this release knows up to "
                f"{VERSION}): upgrade julep_local, or open another file. The file was not changed",
                path=path,
            )
    elif application_id or version or n_tables:
        raise NotADatabase(
            "this SQLite database belongs to another program: give the path of a file of julep_local, or one that "
            "does not exist yet. The file was not changed",
            path=path,
        )


def migrate(execute: Callable[[str], object], *, version: int) -> None:
    """Bring a file of this version to the present one. The caller holds the one transaction around it."""
    for migration in MIGRATIONS[version:]:
        migration(execute)
    execute(f"pragma user_version = {VERSION}")
