-- Written by `python -m gingham.store.schema`: change schema.py instead.

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

INSERT INTO alembic_version (version_num) VALUES ('0006');

CREATE TABLE client_keys (
	client_id TEXT NOT NULL,
	environment TEXT NOT NULL,
	kind TEXT NOT NULL,
	digest BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (client_id, environment, kind, digest)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE deliveries (
	arrival INTEGER NOT NULL,
	webhook_id TEXT NOT NULL,
	ordered_with TEXT NOT NULL,
	receiver TEXT NOT NULL,
	due_at INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	PRIMARY KEY (arrival)
)
 STRICT;

CREATE INDEX deliveries_by_due ON deliveries (due_at, arrival);

CREATE UNIQUE INDEX deliveries_by_id ON deliveries (webhook_id);

CREATE TABLE delivery_attempts (
	webhook_id TEXT NOT NULL,
	number INTEGER NOT NULL,
	receiver TEXT NOT NULL,
	at INTEGER NOT NULL,
	status INTEGER,
	failure TEXT,
	took_ms INTEGER NOT NULL,
	answer BLOB NOT NULL,
	PRIMARY KEY (webhook_id, number)
)
 STRICT;

CREATE INDEX delivery_attempts_of_receiver ON delivery_attempts (receiver, at);

CREATE TABLE institution_health (
	institution_id TEXT NOT NULL,
	health TEXT NOT NULL,
	changed_at INTEGER NOT NULL,
	PRIMARY KEY (institution_id)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE issues (
	issue_id TEXT NOT NULL,
	institution_id TEXT NOT NULL,
	cause TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	resolved_at INTEGER,
	PRIMARY KEY (issue_id)
)
 STRICT;

CREATE UNIQUE INDEX issues_open ON issues (institution_id) WHERE resolved_at IS NULL;

CREATE TABLE items (
	item_id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	environment TEXT NOT NULL,
	institution_id TEXT,
	client_user_id TEXT,
	created_at INTEGER NOT NULL,
	webhook TEXT,
	products TEXT NOT NULL,
	billed_products TEXT NOT NULL,
	consented_products TEXT,
	auth_method TEXT,
	consent_expires_at INTEGER,
	error_code TEXT,
	grant BLOB NOT NULL,
	username_digest BLOB,
	removed_at INTEGER,
	days_requested INTEGER NOT NULL,
	transactions_from INTEGER,
	initial_at INTEGER,
	historical_at INTEGER,
	refreshed_at INTEGER,
	synced INTEGER NOT NULL,
	sequence INTEGER NOT NULL,
	webhook_sent_at INTEGER,
	webhook_code TEXT,
	user_id TEXT,
	broken_at INTEGER,
	consented_scopes TEXT,
	consented_use_cases TEXT,
	seen_accounts TEXT,
	PRIMARY KEY (item_id)
)
 STRICT;

CREATE INDEX items_of_client_user ON items (client_id, environment, client_user_id, created_at, item_id) WHERE client_user_id IS NOT NULL;

CREATE INDEX items_of_user ON items (user_id, created_at, item_id) WHERE user_id IS NOT NULL;

CREATE TABLE jobs (
	arrival INTEGER NOT NULL,
	job_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	item_id TEXT NOT NULL,
	due_at INTEGER NOT NULL,
	PRIMARY KEY (arrival)
)
 STRICT;

CREATE INDEX jobs_by_due ON jobs (due_at, arrival);

CREATE UNIQUE INDEX jobs_by_id ON jobs (job_id);

CREATE INDEX jobs_of_item ON jobs (item_id, due_at, arrival);

CREATE TABLE link_customizations (
	client_id TEXT NOT NULL,
	name TEXT NOT NULL,
	draft BLOB NOT NULL,
	published BLOB,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	published_at INTEGER,
	PRIMARY KEY (client_id, name)
)
 STRICT;

CREATE TABLE link_logos (
	digest TEXT NOT NULL,
	png BLOB NOT NULL,
	PRIMARY KEY (digest)
)
 STRICT;

CREATE TABLE link_tokens (
	digest BLOB NOT NULL,
	client_id TEXT NOT NULL,
	environment TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	request BLOB NOT NULL,
	item_id TEXT,
	used_at INTEGER,
	burnt_at INTEGER,
	hosted_digest BLOB,
	hosted_until INTEGER,
	sealed BLOB,
	delivered_at INTEGER,
	PRIMARY KEY (digest)
)
 STRICT;

CREATE UNIQUE INDEX link_tokens_by_hosted ON link_tokens (hosted_digest);

CREATE TABLE meta (
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (name)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE oauth_bank_codes (
	digest BLOB NOT NULL,
	consent_id TEXT NOT NULL,
	redirect_uri TEXT NOT NULL,
	code_challenge TEXT NOT NULL,
	nonce TEXT,
	signed_in_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	used_at INTEGER,
	PRIMARY KEY (digest)
)
 STRICT;

CREATE INDEX oauth_bank_codes_by_expiry ON oauth_bank_codes (expires_at);

CREATE TABLE oauth_bank_consents (
	consent_id TEXT NOT NULL,
	institution_id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	subject TEXT NOT NULL,
	person BLOB NOT NULL,
	scope TEXT NOT NULL,
	accounts TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	ended_at INTEGER,
	PRIMARY KEY (consent_id)
)
 STRICT;

CREATE INDEX oauth_bank_consents_by_expiry ON oauth_bank_consents (expires_at);

CREATE INDEX oauth_bank_consents_of_subject ON oauth_bank_consents (institution_id, subject, created_at DESC, consent_id);

CREATE TABLE oauth_bank_keys (
	kid TEXT NOT NULL,
	sealed BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (kid)
)
 STRICT;

CREATE INDEX oauth_bank_keys_by_age ON oauth_bank_keys (created_at DESC, kid);

CREATE TABLE oauth_bank_sessions (
	digest BLOB NOT NULL,
	browser BLOB NOT NULL,
	institution_id TEXT NOT NULL,
	purpose TEXT NOT NULL,
	request BLOB NOT NULL,
	person BLOB,
	asks_code INTEGER NOT NULL,
	accounts TEXT,
	began_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (digest)
)
 STRICT;

CREATE INDEX oauth_bank_sessions_by_expiry ON oauth_bank_sessions (expires_at);

CREATE TABLE oauth_bank_tokens (
	digest BLOB NOT NULL,
	consent_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	scope TEXT NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (digest)
)
 WITHOUT ROWID,
 STRICT;

CREATE INDEX oauth_bank_tokens_by_expiry ON oauth_bank_tokens (expires_at);

CREATE TABLE outbox (
	arrival INTEGER NOT NULL,
	webhook_id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	environment TEXT NOT NULL,
	item_id TEXT,
	url TEXT NOT NULL,
	type TEXT NOT NULL,
	code TEXT NOT NULL,
	body BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	sealed INTEGER,
	PRIMARY KEY (arrival)
)
 STRICT;

CREATE INDEX outbox_by_age ON outbox (created_at, arrival);

CREATE UNIQUE INDEX outbox_by_id ON outbox (webhook_id);

CREATE INDEX outbox_of_client ON outbox (client_id, environment, arrival);

CREATE INDEX outbox_of_item ON outbox (item_id, created_at, arrival);

CREATE INDEX outbox_of_item_by_arrival ON outbox (item_id, arrival);

CREATE TABLE redirect_uris (
	client_id TEXT NOT NULL,
	uri TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (client_id, uri)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE remembered_people (
	person_id TEXT NOT NULL,
	environment TEXT NOT NULL,
	phone_digest BLOB NOT NULL,
	phone BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (person_id)
)
 STRICT;

CREATE UNIQUE INDEX remembered_people_by_phone ON remembered_people (environment, phone_digest);

CREATE TABLE transactions (
	transaction_id TEXT NOT NULL,
	item_id TEXT NOT NULL,
	account_id TEXT NOT NULL,
	reference TEXT NOT NULL,
	date TEXT NOT NULL,
	place INTEGER NOT NULL,
	pending INTEGER NOT NULL,
	added_seq INTEGER NOT NULL,
	changed_seq INTEGER NOT NULL,
	removed INTEGER NOT NULL,
	encoded BLOB NOT NULL,
	PRIMARY KEY (item_id, transaction_id)
)
 STRICT;

CREATE INDEX transactions_by_change ON transactions (item_id, changed_seq, transaction_id);

CREATE INDEX transactions_by_date ON transactions (item_id, date DESC, place, transaction_id, account_id) WHERE removed = 0;

CREATE TABLE users (
	user_id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	environment TEXT NOT NULL,
	client_user_id TEXT NOT NULL,
	token_digest BLOB,
	token BLOB,
	identity BLOB,
	holds_name INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER,
	removed_at INTEGER,
	PRIMARY KEY (user_id)
)
 STRICT;

CREATE UNIQUE INDEX users_by_name ON users (client_id, environment, client_user_id) WHERE holds_name = 1;

CREATE UNIQUE INDEX users_by_token ON users (token_digest);

CREATE TABLE webhook_keys (
	kid TEXT NOT NULL,
	environment TEXT NOT NULL,
	sealed BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	expired_at INTEGER,
	PRIMARY KEY (kid)
)
 STRICT;

CREATE INDEX webhook_keys_of_environment ON webhook_keys (environment, created_at);

CREATE TABLE access_tokens (
	digest BLOB NOT NULL,
	item_id TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	revoked_at INTEGER,
	PRIMARY KEY (digest),
	FOREIGN KEY(item_id) REFERENCES items (item_id)
)
 WITHOUT ROWID,
 STRICT;

CREATE INDEX access_tokens_of_item ON access_tokens (item_id);

CREATE TABLE accounts (
	account_id TEXT NOT NULL,
	item_id TEXT NOT NULL,
	position INTEGER NOT NULL,
	reference TEXT NOT NULL,
	type TEXT NOT NULL,
	subtype TEXT,
	name TEXT NOT NULL,
	mask TEXT,
	encoded BLOB NOT NULL,
	verification_status TEXT,
	numbers BLOB,
	wrong_codes INTEGER,
	PRIMARY KEY (account_id),
	FOREIGN KEY(item_id) REFERENCES items (item_id)
)
 STRICT;

CREATE INDEX accounts_of_item ON accounts (item_id, position);

CREATE TABLE issue_sightings (
	link_session_id TEXT NOT NULL,
	request_id TEXT NOT NULL,
	issue_id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	environment TEXT NOT NULL,
	PRIMARY KEY (client_id, environment, link_session_id, request_id, issue_id),
	FOREIGN KEY(issue_id) REFERENCES issues (issue_id)
)
 WITHOUT ROWID,
 STRICT;

CREATE INDEX issue_sightings_of_request ON issue_sightings (client_id, environment, request_id, issue_id);

CREATE TABLE issue_subscribers (
	issue_id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	environment TEXT NOT NULL,
	url TEXT NOT NULL,
	follower BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (issue_id, client_id, environment, url, follower),
	FOREIGN KEY(issue_id) REFERENCES issues (issue_id)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE link_sessions (
	link_session_id TEXT NOT NULL,
	token_digest BLOB NOT NULL,
	secret_digest BLOB NOT NULL,
	revision INTEGER NOT NULL,
	state BLOB NOT NULL,
	sealed BLOB,
	started_at INTEGER NOT NULL,
	touched_at INTEGER NOT NULL,
	finished_at INTEGER,
	outcome BLOB,
	item_id TEXT,
	due_at INTEGER,
	PRIMARY KEY (link_session_id),
	FOREIGN KEY(token_digest) REFERENCES link_tokens (digest)
)
 STRICT;

CREATE INDEX link_sessions_by_due ON link_sessions (due_at);

CREATE UNIQUE INDEX link_sessions_by_secret ON link_sessions (secret_digest);

CREATE INDEX link_sessions_by_start ON link_sessions (started_at, link_session_id);

CREATE INDEX link_sessions_of_token ON link_sessions (token_digest, started_at, link_session_id);

CREATE TABLE public_tokens (
	digest BLOB NOT NULL,
	item_id TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	exchanged_at INTEGER,
	for_update INTEGER NOT NULL,
	PRIMARY KEY (digest),
	FOREIGN KEY(item_id) REFERENCES items (item_id)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE remembered_logins (
	person_id TEXT NOT NULL,
	institution_id TEXT NOT NULL,
	grant BLOB NOT NULL,
	accounts TEXT NOT NULL,
	saved_at INTEGER NOT NULL,
	PRIMARY KEY (person_id, institution_id),
	FOREIGN KEY(person_id) REFERENCES remembered_people (person_id)
)
 WITHOUT ROWID,
 STRICT;

CREATE TABLE bank_visits (
	handle_digest BLOB NOT NULL,
	oauth_state_id TEXT NOT NULL,
	link_session_id TEXT NOT NULL,
	token_digest BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	returned_at INTEGER,
	resumed_at INTEGER,
	PRIMARY KEY (handle_digest),
	FOREIGN KEY(link_session_id) REFERENCES link_sessions (link_session_id)
)
 STRICT;

CREATE UNIQUE INDEX bank_visits_by_state ON bank_visits (oauth_state_id);

CREATE TABLE link_events (
	event_id TEXT NOT NULL,
	link_session_id TEXT NOT NULL,
	position INTEGER NOT NULL,
	name TEXT NOT NULL,
	metadata BLOB NOT NULL,
	at INTEGER NOT NULL,
	PRIMARY KEY (event_id),
	FOREIGN KEY(link_session_id) REFERENCES link_sessions (link_session_id)
)
 STRICT;

CREATE INDEX link_events_of_session ON link_events (link_session_id, position);
