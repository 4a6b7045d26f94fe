// Types of what travels between the host page, the frame and the server. Read by `tsc`; never served.

export type Text = { key: string; text: string };

export type Option = {
  value: string;
  label: string;
  title: Text | null;
  note: string | null;
  logo: string | null;
  checked: boolean;
  group: Text | null;
};

export type Field = {
  name: string;
  kind: "text" | "password" | "pin" | "code" | "search" | "radio" | "checkbox" | "tiles";
  label: Text;
  options: Option[];
  autocomplete: string | null;
  inputmode: string | null;
  value: string;
  error: Text | null;
  optional: boolean;
  text: string | null;
};

export type Button = {
  action: string;
  label: Text;
  role: "primary" | "secondary" | "link";
  fill: "values" | "answers" | "accounts" | null;
};

export type Disclosure = {
  line: Text;
  button: Text;
  title: Text;
  types_title: Text;
  types: Text[];
  uses_title: Text;
  uses: string[];
};

export type Pane = {
  name: string;
  view: string;
  title: Text;
  help: Text | null;
  institution: { institution_id: string; name: string; logo: string; url: string | null } | null;
  fields: Field[];
  buttons: Button[];
  notice: Text | null;
  tone: "info" | "good" | "warn" | "bad";
  details: Text[];
  points: Text[];
  can_go_back: boolean;
  can_close: boolean;
  busy: boolean;
  disclosure: Disclosure | null;
  url: string | null;
  app_url: string | null;
  scan: { url: string; image: string; alt: Text; help: Text } | null;
  can_redirect: boolean;
};

/** What the client has changed in the look: colours by the name of their custom property. */
export type Look = {
  appearance: "LIGHT" | "DARK" | null;
  light: Record<string, string>;
  dark: Record<string, string>;
  background: string | null;
  veil: string | null;
  logo: string | null;
};

export type LinkError = {
  error_type: string;
  error_code: string;
  error_message: string;
  display_message: string | null;
};

export type Metadata = Record<string, unknown>;
export type LinkEvent = { event_name: string; metadata: Metadata };

/** What leaving right now would report. */
export type Exit = { error: LinkError | null; metadata: Metadata; event: Metadata | null };

export type Result =
  | { kind: "success"; public_token: string; metadata: Metadata }
  | { kind: "exit"; error: LinkError | null; metadata: Metadata };

/** One answer of the session endpoints. */
export type State = {
  link_session_id: string;
  session_token?: string;
  revision: number;
  stale: boolean;
  language: string;
  direction: "ltr" | "rtl";
  environment: string;
  pane: Pane | null;
  events: LinkEvent[];
  /** How many events the session has had, these included. */
  events_seen: number;
  exit: Exit | null;
  result: Result | null;
  /** On a hosted page, at the end: where it goes. */
  redirect_to?: string | null;
  request_id: string;
  /** The few words that belong to the frame rather than to a pane, in the session's language: in the first answer alone. */
  texts?: Partial<Words>;
  /** Comes with `texts`; null: the look of the house. */
  look?: Look | null;
};

export type Words = {
  back: string;
  close: string;
  show: string;
  hide: string;
  working: string;
  unreachable: string;
  try_again: string;
};

/** What an embedded search shows. */
export type Embedded = {
  language: string;
  direction: "ltr" | "rtl";
  title: string;
  search: string;
  institutions: { institution_id: string; name: string; logo: string }[];
};

export type Action = { type: string; [argument: string]: unknown };

export interface Config {
  token?: string | null;
  receivedRedirectUri?: string | null;
  onSuccess?: ((publicToken: string, metadata: Metadata) => void) | null;
  onExit?: ((error: LinkError | null, metadata: Metadata) => void) | null;
  onEvent?: ((eventName: string, metadata: Metadata) => void) | null;
  onLoad?: (() => void) | null;
  [unknown: string]: unknown;
}

export interface Handler {
  open(institution?: unknown): void;
  exit(options?: unknown): void;
  submit(data?: unknown): void;
  destroy(): void;
}

export interface PlaidModule {
  create(config?: Config | null): Handler;
  createEmbedded(config?: Config | null, element?: Element | null): { destroy(): void };
  version: string;
}

declare global {
  interface Window {
    Plaid?: PlaidModule;
  }
}
