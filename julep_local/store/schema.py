"""All tables, as migrations. It knows no Python value and no connection: only the SQL that makes the file.

Common to all tables: `id` is a UUID as text; `seq` orders rows by when they came, since a clock can be set back; times
are ISO 8601 in UTC with microseconds and a trailing Z, so that texts sort like times; JSON is text. Vectors are plain
blobs and no table needs an extension, so that any SQLite of 3.37 or later reads everything.

A released migration is never edited: a file that has run it would not get the change. Add the next one.
"""

from collections.abc import Callable, Sequence
from typing import Any

from julep_local.errors import NewerDatabase, NotADatabase

Execute = Callable[..., Any]
"""A connection's: takes a statement and its parameters, and returns a cursor."""

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


def m001_first_tables(execute: Execute) -> None:
    """Make a blank file ours."""
    for statement in (*AGENTS_AND_USERS, *HISTORY, *DOCS, *MEMORIES, *JOBS, *VIEWS):
        execute(statement)
    execute(f"pragma application_id = {APPLICATION_ID}")


MOST_TITLE = 200
"""Characters of a doc's title that stand with each of its chunks."""
MOST_IN_RUN = 128
"""Vectors that lie in one row."""

DOCS_IN_CHUNKS = (
    """
    create table new_docs (
        -- autoincrement: what is held in memory names docs by it, and must not meet another one that got the same
        seq integer primary key autoincrement,
        id text not null unique,
        agent_id text references agents (id) on delete cascade,
        user_id text references users (id) on delete cascade,
        title text not null,
        is_list integer not null check (is_list in (0, 1)),  -- the content: the list of its chunks, or these in a row
        metadata text not null default '{}' check (json_valid(metadata)),  -- JSON object
        created_at text not null,
        updated_at text not null,
        check ((agent_id is null) <> (user_id is null))
    ) strict
    """,
    """
    create table new_chunks (
        -- autoincrement: what is computed for a chunk can come after it was deleted, and must not meet another text
        id integer primary key autoincrement,
        doc_seq integer not null references docs (seq) on delete cascade,
        owner_id text not null,             -- the doc's agent_id or user_id
        position integer not null,          -- 0 is the first chunk of the doc
        title text not null,                -- the beginning of the doc's, for the text index
        heading text not null,              -- the headings above it, outermost first; '' if there are none
        content text not null,              -- nothing is left out between two chunks of a doc
        hash integer not null,              -- of title, heading and content: equal texts are embedded once
        own text generated always as (replace(owner_id, '-', '')) virtual,  -- owner as one word of the text index
        unique (doc_seq, position)
    ) strict
    """,
    # rows of many vectors, because reading 100,000 rows takes longer than the 77 MB in them
    f"""
    create table chunk_vectors (
        id integer primary key,
        embedding_set_id integer not null references embedding_sets (id) on delete cascade,
        owner_id text not null,             -- the chunks': a search reads one owner's vectors and no others
        chunk_id integer not null,          -- of the first; those of the others follow it without a gap
        n_chunks integer not null check (n_chunks between 1 and {MOST_IN_RUN}),
        embeddings blob not null,           -- (n_chunks, n_dims) float16, little-endian, each of unit length
        unique (embedding_set_id, chunk_id)
    ) strict
    """,
    "create index chunk_vectors_by_owner on chunk_vectors (embedding_set_id, owner_id)",
    """
    create table doc_owners (
        owner_id text primary key,
        n_chunks integer not null default 0,
        -- what is held in memory of an owner is valid as long as these stay the same
        n_text_changes integer not null default 0,    -- chunks that came, went or changed
        n_vector_changes integer not null default 0,  -- rows of chunk_vectors that did
        n_vectors_lost integer not null default 0     -- those that only came are not counted here
    ) strict, without rowid
    """,
)

DOC_INDEXES = (
    "create index docs_by_agent on docs (agent_id, created_at) where agent_id is not null",
    "create index docs_by_user on docs (user_id, created_at) where user_id is not null",
    "create index chunks_by_hash on chunks (hash)",
)

DOC_TRIGGERS = (
    """
    create virtual table chunks_fts using fts5 (
        own, title, heading, content,
        content="chunks", content_rowid="id",
        tokenize = 'porter unicode61 remove_diacritics 2'
    )
    """,
    """
    create trigger chunks_to_fts after insert on chunks begin
        insert into chunks_fts (rowid, own, title, heading, content)
        values (new.id, new.own, new.title, new.heading, new.content);
        insert into doc_owners (owner_id, n_chunks, n_text_changes)
        values (new.owner_id, 1, 1)
        on conflict (owner_id) do update set n_chunks = n_chunks + 1, n_text_changes = n_text_changes + 1;
    end
    """,
    f"""
    create trigger chunks_from_fts after delete on chunks begin
        insert into chunks_fts (chunks_fts, rowid, own, title, heading, content)
        values ('delete', old.id, old.own, old.title, old.heading, old.content);
        delete from chunk_vectors
        where embedding_set_id in (select id from embedding_sets)
            and chunk_id between old.id - {MOST_IN_RUN - 1} and old.id
            and chunk_id + n_chunks > old.id;
        update doc_owners
        set n_chunks = n_chunks - 1, n_text_changes = n_text_changes + 1
        where owner_id = old.owner_id;
    end
    """,  # noqa: S608  (a constant of this file)
    f"""
    create trigger chunks_in_fts after update of id, title, heading, content on chunks begin
        insert into chunks_fts (chunks_fts, rowid, own, title, heading, content)
        values ('delete', old.id, old.own, old.title, old.heading, old.content);
        insert into chunks_fts (rowid, own, title, heading, content)
        values (new.id, new.own, new.title, new.heading, new.content);
        delete from chunk_vectors
        where embedding_set_id in (select id from embedding_sets)
            and chunk_id between old.id - {MOST_IN_RUN - 1} and old.id
            and chunk_id + n_chunks > old.id;
        update doc_owners
        set n_text_changes = n_text_changes + 1
        where owner_id = new.owner_id;
    end
    """,  # noqa: S608  (a constant of this file)
    """
    create trigger chunks_keep_owner before update of doc_seq, owner_id on chunks begin
        select raise(abort, 'a chunk stays with its doc and owner: delete it and add another');
    end
    """,
    """
    create trigger chunk_vectors_added after insert on chunk_vectors begin
        insert into doc_owners (owner_id, n_vector_changes)
        values (new.owner_id, 1)
        on conflict (owner_id) do update set n_vector_changes = n_vector_changes + 1;
    end
    """,
    """
    create trigger chunk_vectors_removed after delete on chunk_vectors begin
        update doc_owners
        set n_vector_changes = n_vector_changes + 1, n_vectors_lost = n_vectors_lost + 1
        where owner_id = old.owner_id;
    end
    """,
    """
    create trigger chunk_vectors_changed after update on chunk_vectors begin
        update doc_owners
        set n_vector_changes = n_vector_changes + 1, n_vectors_lost = n_vectors_lost + 1
        where owner_id in (old.owner_id, new.owner_id);
    end
    """,
)

EMBEDDING_SETS = (
    "drop table embedding_sets",
    """
    create table embedding_sets (
        id integer primary key autoincrement,
        name text not null unique,          -- the embedder and a hash of its weights: the vector space
        n_dims integer not null check (n_dims > 0),
        file_hash text,                     -- SHA-256 of the weights, if they are a file
        is_normalised integer not null default 1 check (is_normalised = 1),  -- all vectors here have unit length
        state text not null check (state in ('current', 'filling', 'old')),  -- only the current one is searched
        created_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
    ) strict
    """,
    "create unique index embedding_sets_current on embedding_sets (state) where state = 'current'",
)

MEMORY_VECTORS = """
    create table memory_vectors (
        memory_id text not null references memories (id) on delete cascade,
        embedding_set_id integer not null references embedding_sets (id) on delete cascade,
        embedding blob not null,            -- n_dims float16, little-endian, of unit length
        primary key (memory_id, embedding_set_id)
    ) strict
"""

RECALLABLE = """
    create view recallable as
    select
        'doc' as kind,
        docs.id,
        docs.agent_id,
        docs.user_id,
        docs.title,
        (
            select group_concat(content, iif(docs.is_list, char(10), ''))
            from (
                select content
                from chunks
                where doc_seq = docs.seq
                order by position
            )
        ) as content,
        docs.created_at
    from docs
    union all
    select 'memory', id, agent_id, user_id, null, content, created_at
    from memories
"""


def m002_text_stands_once(execute: Execute) -> None:
    """Make a doc the sum of its chunks, and vectors half as large.

    Vectors are dropped: they are made anew when they are asked for. Tables are made under another name, then take the
    old one: views and references of others go on naming docs and chunks, and are not looked at.
    """
    for statement in (
        "drop view recallable",
        "drop table chunk_vectors",
        "drop table memory_vectors",
        "drop table chunks_fts",
        *EMBEDDING_SETS,
        *DOCS_IN_CHUNKS,
    ):
        execute(statement)
    _move_docs(execute)
    for statement in (
        "drop table chunks",  # with its indexes and triggers
        "drop table docs",
        "alter table new_docs rename to docs",
        "alter table new_chunks rename to chunks",
        *DOC_INDEXES,
        *DOC_TRIGGERS,
        "insert into chunks_fts (chunks_fts) values ('rebuild')",
        "insert into doc_owners (owner_id, n_chunks) select owner_id, count(*) from chunks group by owner_id",
        MEMORY_VECTORS,
        RECALLABLE,
    ):
        execute(statement)


def _move_docs(execute: Execute) -> None:
    """Copy docs one by one. A string was kept beside its chunks, which had lost the white space at the cuts."""
    import json

    from julep_local.store.columns import text_hash

    seq = -1
    while row := execute("select * from docs where seq > ? order by seq limit 1", (seq,)).fetchone():
        seq = row["seq"]
        content = json.loads(row["content"])
        found = execute("select content from chunks where doc_id = ? order by position", (row["id"],)).fetchall()
        pieces = content if isinstance(content, list) else _tiles(content, [chunk["content"] for chunk in found])
        execute(
            """
            insert into new_docs (seq, id, agent_id, user_id, title, is_list, metadata, created_at, updated_at)
            select seq, id, agent_id, user_id, title, ?, metadata, created_at, created_at
            from docs
            where seq = ?
            """,
            (isinstance(content, list), seq),
        )
        for position, piece in enumerate(pieces):
            execute(
                """
                insert into new_chunks (doc_seq, owner_id, position, title, heading, content, hash)
                values (?, ?, ?, ?, '', ?, ?)
                """,
                (
                    seq,
                    row["agent_id"] or row["user_id"],
                    position,
                    row["title"][:MOST_TITLE],
                    piece,
                    text_hash(row["title"], "", piece),
                ),
            )


def _tiles(text: str, chunks: Sequence[str]) -> list[str]:
    """Return the text cut where these chunks of it begin; whole, if they are not in it."""
    starts: list[int] = []
    end = 0
    for chunk in chunks:
        start = text.find(chunk, end)
        if start < 0:
            return [text]
        starts.append(start)
        end = start + len(chunk)
    starts = list(dict.fromkeys([0, *starts[1:]]))
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


MEMORIES_WITH_REASONS = (
    """
    create table new_memories (
        -- autoincrement: what is held in memory names memories by it, and must not meet another one that got the same
        seq integer primary key autoincrement,
        id text not null unique,
        agent_id text not null references agents (id) on delete cascade,  -- who remembers
        user_id text not null references users (id) on delete cascade,    -- about whom
        speaker text not null default '',   -- whose words these are; the content then begins with "speaker: "
        content text not null,
        -- what was said right before and after: it helps to find the memory, and is shown to nobody
        said_before text not null default '',
        before_id text,                     -- the message or memory that said_before was copied from, and goes with
        said_after text not null default '',
        after_id text,                      -- the same for said_after
        hash integer not null,              -- of the speaker's words: what is said again is found by it
        slot text,                          -- what there can be only one of, such as 'home': a newer one supersedes it
        timestamp text,                     -- when it happened; if it does not say, when it was said
        said_at text not null,              -- when it was said last
        last_accessed_at text,              -- when it was last recalled
        sentiment real check (sentiment between -1 and 1),  -- -1 bad, 1 good; null: it does not say
        entities text not null default '[]' check (json_valid(entities)),  -- JSON list of objects
        importance real not null default 0.5 check (importance between 0 and 1),
        tier text not null check (tier in ('given', 'rules', 'small', 'capable')),  -- who formed it; given: the caller
        model text,                         -- the chat model that formed it, if one did ...
        prompt_hash text,                   -- ... and SHA-256 of what it was asked
        verdicts text not null default '[]' check (json_valid(verdicts)),  -- JSON list: which gates it passed, and why
        state text not null default 'current' check (state in ('current', 'superseded', 'retracted')),
        valid_until text,                   -- when it stopped being true, or being wanted
        superseded_by text,                 -- the memory that is true since then
        replay_id text,                     -- belongs to a set formed anew that waits to be taken; null: it counts
        created_at text not null,
        -- two words to search by; nothing but what is current is found
        own text generated always as (
            iif(state = 'current' and replay_id is null, replace(agent_id || ' ' || user_id, '-', ''), '')
        ) virtual
    ) strict
    """,
)

MEMORY_TABLES = (
    "create index memories_by_agent on memories (agent_id, user_id)",
    "create index memories_by_user on memories (user_id)",
    "create index memories_by_hash on memories (agent_id, user_id, hash)",
    "create index memories_by_slot on memories (agent_id, user_id, slot) where slot is not null",
    "create index memories_by_before on memories (before_id) where before_id is not null",
    "create index memories_by_after on memories (after_id) where after_id is not null",
    "create index memories_by_replay on memories (replay_id) where replay_id is not null",
    "create index memories_by_successor on memories (superseded_by) where superseded_by is not null",
    "create index memory_sources_by_message on memory_sources (message_id)",
    """
    create table retracted_messages (
        message_id text primary key,        -- nothing is remembered from it, now or later
        retracted_at text not null
    ) strict, without rowid
    """,
    """
    create table memory_owners (
        agent_id text not null,
        user_id text not null,
        n_memories integer not null default 0,        -- rows of memories, whatever their state
        -- what is held in memory of these two is valid as long as these stay the same
        first_seq integer not null default 0,         -- of the memory that this row began with: it may be deleted
        n_text_changes integer not null default 0,    -- memories that came, went or changed
        n_after_changes integer not null default 0,   -- those of which only said_after changed
        n_vector_changes integer not null default 0,  -- rows of memory_vectors that did
        n_vectors_lost integer not null default 0,    -- those that only came are not counted here
        primary key (agent_id, user_id)
    ) strict, without rowid
    """,
    """
    create virtual table memories_fts using fts5 (
        own, content, said_before, said_after,
        content="memories", content_rowid="seq",
        tokenize = 'porter unicode61 remove_diacritics 2'
    )
    """,
    """
    create trigger memories_to_fts after insert on memories begin
        insert into memories_fts (rowid, own, content, said_before, said_after)
        values (new.seq, new.own, new.content, new.said_before, new.said_after);
        insert into memory_owners (agent_id, user_id, n_memories, first_seq, n_text_changes)
        values (new.agent_id, new.user_id, 1, new.seq, 1)
        on conflict (agent_id, user_id) do update
            set n_memories = n_memories + 1, n_text_changes = n_text_changes + 1;
    end
    """,
    """
    create trigger memories_from_fts after delete on memories begin
        insert into memories_fts (memories_fts, rowid, own, content, said_before, said_after)
        values ('delete', old.seq, old.own, old.content, old.said_before, old.said_after);
        update memory_owners
        set n_memories = n_memories - 1, n_text_changes = n_text_changes + 1
        where agent_id = old.agent_id and user_id = old.user_id;
        update memories set said_before = '', before_id = null where before_id = old.id;
        update memories set said_after = '', after_id = null where after_id = old.id;
    end
    """,
    # only of these: a recall writes last_accessed_at, which the text index does not hold
    """
    create trigger memories_in_fts after update of content, said_before, said_after, state, replay_id
    on memories begin
        insert into memories_fts (memories_fts, rowid, own, content, said_before, said_after)
        values ('delete', old.seq, old.own, old.content, old.said_before, old.said_after);
        insert into memories_fts (rowid, own, content, said_before, said_after)
        values (new.seq, new.own, new.content, new.said_before, new.said_after);
        update memory_owners
        set n_text_changes = n_text_changes + (
                old.content <> new.content or old.said_before <> new.said_before or old.own <> new.own
            ),
            n_after_changes = n_after_changes + (old.said_after <> new.said_after)
        where agent_id = new.agent_id and user_id = new.user_id;
    end
    """,
    # what a search weighs beside the words
    """
    create trigger memories_weighed after update of speaker, timestamp, said_at, importance on memories begin
        update memory_owners
        set n_text_changes = n_text_changes + 1
        where agent_id = new.agent_id and user_id = new.user_id;
    end
    """,
    # what is embedded is content and what was said before
    """
    create trigger memories_lose_vector after update of speaker, content, said_before on memories
    when old.content <> new.content or old.said_before <> new.said_before or old.speaker <> new.speaker begin
        delete from memory_vectors where memory_id = new.id;
    end
    """,
    """
    create trigger memories_keep_owner before update of seq, id, agent_id, user_id on memories begin
        select raise(abort, 'a memory stays with its agent and user: delete it and add another');
    end
    """,
    # a copy of what was said does not outlive it
    """
    create trigger messages_from_memories after delete on messages begin
        update memories set said_before = '', before_id = null where before_id = old.id;
        update memories set said_after = '', after_id = null where after_id = old.id;
    end
    """,
    """
    create trigger memory_vectors_added after insert on memory_vectors begin
        update memory_owners
        set n_vector_changes = n_vector_changes + 1
        where (agent_id, user_id) = (select agent_id, user_id from memories where id = new.memory_id);
    end
    """,
    """
    create trigger memory_vectors_removed after delete on memory_vectors begin
        update memory_owners
        set n_vector_changes = n_vector_changes + 1, n_vectors_lost = n_vectors_lost + 1
        where (agent_id, user_id) = (select agent_id, user_id from memories where id = old.memory_id);
    end
    """,
    """
    create trigger memory_vectors_changed after update on memory_vectors begin
        update memory_owners
        set n_vector_changes = n_vector_changes + 1, n_vectors_lost = n_vectors_lost + 1
        where (agent_id, user_id) = (select agent_id, user_id from memories where id = new.memory_id);
    end
    """,
)

SUMMARIES = (
    # what a prompt shows stands for what is dropped from it, and must not change with every turn
    "alter table sessions add column prompt_summary text",
    "alter table sessions add column prompt_summary_through integer not null default 0",
    "update sessions set prompt_summary = summary, prompt_summary_through = summarised_through",
    "alter table agents add column memory_tier text check (memory_tier in ('off', 'rules', 'small', 'capable'))",
)


def m003_memories_with_reasons(execute: Execute) -> None:
    """Let a memory say whose words it is, when it held, and why it is there; find it by what was said around it."""
    for statement in (
        "drop view recallable",
        "drop table memories_fts",
        "drop table memory_vectors",  # what is embedded is another text now: they are made anew
        *MEMORIES_WITH_REASONS,
    ):
        execute(statement)
    _move_memories(execute)
    for statement in (
        "drop table memories",  # with its indexes and triggers
        "alter table new_memories rename to memories",
        MEMORY_VECTORS,
        *MEMORY_TABLES,
        "insert into memories_fts (memories_fts) values ('rebuild')",
        """
        insert into memory_owners (agent_id, user_id, n_memories)
        select agent_id, user_id, count(*)
        from memories
        group by agent_id, user_id
        """,
        RECALLABLE.replace("from memories", "from memories where state = 'current' and replay_id is null"),
        *SUMMARIES,
    ):
        execute(statement)


def _move_memories(execute: Execute) -> None:
    """Copy memories one by one: until now each began with the name of its user, and was formed by rules."""
    from julep_local.store.columns import words_hash

    seq = -1
    while row := execute(
        """
        select memories.*, coalesce(users.name, 'The user') as user_name
        from memories
        left join users on users.id = memories.user_id
        where memories.seq > ?
        order by memories.seq
        limit 1
        """,
        (seq,),
    ).fetchone():
        seq = row["seq"]
        speaker = row["user_name"] if row["content"].startswith(f"{row['user_name']}: ") else ""
        said = row["content"][len(speaker) + 2 :] if speaker else row["content"]
        execute(
            """
            insert into new_memories (
                seq, id, agent_id, user_id, speaker, content, hash, timestamp, said_at, last_accessed_at, sentiment,
                entities, tier, created_at
            )
            select seq, id, agent_id, user_id, ?, content, ?, timestamp, coalesce(timestamp, created_at),
                last_accessed_at, sentiment, entities, 'rules', created_at
            from memories
            where seq = ?
            """,
            (speaker, words_hash(said), seq),
        )


LEASES = (
    # the time of day can be set: within one run of the machine a lease is measured by how long that has been up
    "alter table jobs add column lease_boot text",
    "alter table jobs add column lease_uptime_s real",
)

VECTOR_TRIGGERS = (
    "drop trigger if exists chunk_vectors_changed",
    """
    create trigger chunk_vectors_changed after update of embedding_set_id, owner_id, chunk_id, n_chunks, embeddings
    on chunk_vectors begin
        update doc_owners
        set n_vector_changes = n_vector_changes + 1, n_vectors_lost = n_vectors_lost + 1
        where owner_id in (old.owner_id, new.owner_id);
    end
    """,
    "drop trigger if exists memory_vectors_changed",
    """
    create trigger memory_vectors_changed after update of memory_id, embedding_set_id, embedding on memory_vectors begin
        update memory_owners
        set n_vector_changes = n_vector_changes + 1, n_vectors_lost = n_vectors_lost + 1
        where (agent_id, user_id) = (select agent_id, user_id from memories where id = new.memory_id);
    end
    """,
)


def m004_rows_with_a_hash(execute: Execute) -> None:
    """Let a flipped bit be found, and a lease outlast a clock that is set.

    The library writes `row_hash` with the row. Whoever else changes one of its columns makes it null: that row was
    changed on purpose.
    """
    from julep_local.store import row_hashes

    for statement in (*LEASES, *VECTOR_TRIGGERS):
        execute(statement)
    (encoding,) = execute("pragma encoding").fetchone()
    for table, columns in row_hashes.HASHED.items():
        execute(f"alter table {table} add column row_hash integer")
        for row in row_hashes.every(execute, table, encoding=encoding):
            execute(f"update {table} set row_hash = ? where rowid = ?", (row.computed, row.rowid))  # noqa: S608  (of a list)
        old, new = (", ".join(f"{which}.{column}" for column in columns) for which in ("old", "new"))
        execute(
            f"""
            create trigger {table}_changed_by_others after update of {", ".join(columns)} on {table}
            when new.row_hash is old.row_hash and ({new}) is not ({old}) begin
                update {table} set row_hash = null where rowid = new.rowid;
            end
            """  # noqa: S608  (of a list)
        )


OWNERS_THAT_END = (
    # of the chunk that this row began with: one with the same id may come again, and what is held in memory of the
    # former one must not pass for its own
    "alter table doc_owners add column first_id integer not null default 0",
    "drop trigger chunks_to_fts",
    """
    create trigger chunks_to_fts after insert on chunks begin
        insert into chunks_fts (rowid, own, title, heading, content)
        values (new.id, new.own, new.title, new.heading, new.content);
        insert into doc_owners (owner_id, n_chunks, n_text_changes, first_id)
        values (new.owner_id, 1, 1, new.id)
        on conflict (owner_id) do update set n_chunks = n_chunks + 1, n_text_changes = n_text_changes + 1;
    end
    """,
    "create index memory_owners_by_user on memory_owners (user_id)",
    # what was its own has gone before it
    """
    create trigger agents_leave_no_counts after delete on agents begin
        delete from doc_owners where owner_id = old.id and n_chunks = 0;
        delete from memory_owners where agent_id = old.id and n_memories = 0;
    end
    """,
    """
    create trigger users_leave_no_counts after delete on users begin
        delete from doc_owners where owner_id = old.id and n_chunks = 0;
        delete from memory_owners where user_id = old.id and n_memories = 0;
    end
    """,
    """
    delete from doc_owners
    where n_chunks = 0 and owner_id not in (select id from agents union all select id from users)
    """,
    """
    delete from memory_owners
    where n_memories = 0
        and (agent_id not in (select id from agents) or user_id not in (select id from users))
    """,
)


def m005_counts_end_with_their_owners(execute: Execute) -> None:
    """Let the counts of an agent or user go with it: of each that ever was they stayed."""
    for statement in OWNERS_THAT_END:
        execute(statement)


MIGRATIONS = (
    m001_first_tables,
    m002_text_stands_once,
    m003_memories_with_reasons,
    m004_rows_with_a_hash,
    m005_counts_end_with_their_owners,
)
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
        if version < 1:
            raise NotADatabase(
                f"its header is damaged (version {version}): go back to a copy of it. The file was not changed",
                path=path,
            )
    elif application_id or version or n_tables:
        raise NotADatabase(
            "this SQLite database belongs to another program: give the path of a file of julep_local, or one that "
            "does not exist yet. The file was not changed",
            path=path,
        )


def migrate(execute: Execute, *, version: int, report: Callable[[int], object] = lambda n_done: None) -> None:
    """Bring a file of this version to the present one. `report` is told how many steps are done, and may raise.

    The caller holds the one transaction around it. Foreign keys are off there, so that dropping a table deletes no row
    elsewhere, and renaming one changes nothing but its name.
    """
    for n_done, migration in enumerate(MIGRATIONS[version:]):
        report(n_done)
        migration(execute)
    execute(f"pragma user_version = {VERSION}")
