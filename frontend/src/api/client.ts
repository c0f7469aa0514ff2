/** Calls of the HTTP API with the browser session. */
import type { Credential } from "../graph/credentials";
import type { ProblemItem } from "../graph/findings";
import type {
  Block,
  Draft,
  Execution,
  ExecutionStatus,
  Finding,
  Graph,
  GraphLink,
  GraphNode,
  GraphRow,
  Json,
  JsonObject,
  NodeExecution,
  Review,
  ReviewAnswer,
  Snippet,
  Suggestion,
} from "../graph/types";
import type { RunEvent } from "../live/view";

const BASE = "/api/v1";

/** An answer other than success, or no answer at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors: (ProblemItem & Partial<Finding>)[] = [],
  ) {
    super(message);
    this.name = "ApiError";
  }
}

interface Problem {
  title?: string;
  detail?: string;
  errors?: (ProblemItem & Partial<Finding>)[];
}

interface Page<T> {
  next: string | null;
  results: T[];
}

function csrfToken(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  return meta?.content ?? "";
}

async function send(
  method: string,
  url: string,
  body?: string | FormData,
  headers: Record<string, string> = {},
): Promise<Response> {
  // The browser itself says what parts a form.
  const json = typeof body === "string" ? { "Content-Type": "application/json" } : {};
  const csrf = method === "GET" ? {} : { "X-CSRFToken": csrfToken() };
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      credentials: "same-origin",
      headers: { Accept: "application/json", ...json, ...csrf, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  } catch {
    throw new ApiError(0, "The server cannot be reached. Check the connection.");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const message = problem.detail || problem.title || defaultMessage(response.status);
  return new ApiError(response.status, message, problem.errors ?? []);
}

function defaultMessage(status: number): string {
  if (status === 401 || status === 403) return "You are signed out. Sign in again.";
  if (status === 404) return "It is not there, or not yours.";
  if (status === 429) return "Too many requests. Wait a moment and try again.";
  return `The server answered ${status}.`;
}

async function read<T>(path: string): Promise<T> {
  const response = await send("GET", path.startsWith("/") ? `${BASE}${path}` : path);
  return (await response.json()) as T;
}

async function post<T>(path: string, body: unknown = {}): Promise<T> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await send("POST", `${BASE}${path}`, text);
  return (await response.json()) as T;
}

/** All pages of a list, at most `most` rows. */
async function readAll<T>(path: string, most: number): Promise<T[]> {
  const rows: T[] = [];
  let url: string | null = path;
  while (url !== null && rows.length < most) {
    const page: Page<T> = await read<Page<T>>(url);
    rows.push(...page.results);
    url = page.next && sameOrigin(page.next);
  }
  return rows.slice(0, most);
}

/** Behind a proxy `next` may name another host; its path and query are what counts. */
function sameOrigin(url: string): string {
  const { pathname, search } = new URL(url, window.location.origin);
  return new URL(`${pathname}${search}`, window.location.origin).href;
}

export interface Saved {
  graph: Graph;
  etag: string;
}

async function saved(response: Response): Promise<Saved> {
  const graph = (await response.json()) as Graph;
  return { graph, etag: response.headers.get("ETag") ?? `"${graph.revision}"` };
}

/** A file of the workspace; `ref` is what an input takes. */
export interface StoredFile {
  id: string;
  ref: string;
  name: string;
  media_type: string;
  size: number;
}

interface Accepted {
  id: string;
  status: ExecutionStatus;
}

export interface ImportReport {
  name: string;
  nodes: number;
  links: number;
  blocks_missing: { id: string; count: number; node_ids: string[] }[];
  credentials_wanted?: { providers: string[] }[];
  /** Those that came with it. */
  agents?: ImportReport[];
  /** Ids of those that it calls and that are not here. */
  agents_missing?: string[];
}

/** Where a run begins again, and with what; all of it, as it was, when nothing is said. */
export interface Rerun {
  from?: string;
  node_inputs?: JsonObject;
}

const MOST_BLOCKS = 5_000;
const MOST_CREDENTIALS = 1_000;
const MOST_GRAPHS = 1_000;
const MOST_FIRINGS = 2_000;
export const MOST_EVENTS = 20_000;

export const api = {
  blocks: () => readAll<Block>("/blocks/", MOST_BLOCKS),

  snippets: () => readAll<Snippet>("/snippets/", MOST_BLOCKS),

  credentials: () => readAll<Credential>("/credentials/", MOST_CREDENTIALS),

  graphs: () => readAll<GraphRow>("/graphs/?limit=100", MOST_GRAPHS),

  graph: async (id: string): Promise<Saved> =>
    saved(await send("GET", `${BASE}/graphs/${id}/`)),

  save: async (id: string, draft: Draft, etag: string | null): Promise<Saved> => {
    const match = etag === null ? {} : { "If-Match": etag };
    const { name, description, nodes, links, settings } = draft;
    const body = JSON.stringify({ name, description, nodes, links, settings });
    return saved(await send("PUT", `${BASE}/graphs/${id}/`, body, match));
  },

  findings: async (id: string): Promise<Finding[]> =>
    (await read<{ findings: Finding[] }>(`/graphs/${id}/findings/`)).findings,

  suggestions: async (id: string): Promise<Suggestion[]> =>
    (await read<{ suggestions: Suggestion[] }>(`/graphs/${id}/suggestions/`)).suggestions,

  publish: (id: string) => post<{ version: number }>(`/graphs/${id}/publish/`),

  importAgent: (text: string) =>
    post<{ id: string; report: ImportReport }>("/graphs/import/", text),

  exportUrl: (id: string) => `${BASE}/graphs/${id}/export/`,

  run: (id: string, inputs: JsonObject, version?: number | "draft") =>
    post<Accepted>(`/graphs/${id}/executions/`, {
      inputs,
      ...(version === undefined ? {} : { version }),
    }),

  execution: (id: string) => read<Execution>(`/executions/${id}/`),

  executionGraph: (id: string) =>
    read<{ nodes: GraphNode[]; links: GraphLink[] }>(`/executions/${id}/graph/`),

  /** In the order they started; the server lists the newest first. */
  firings: async (id: string): Promise<NodeExecution[]> => {
    const path = `/executions/${id}/nodes/?limit=100`;
    return (await readAll<NodeExecution>(path, MOST_FIRINGS)).reverse();
  },

  events: (id: string, after: number) =>
    readAll<RunEvent>(`/executions/${id}/events/?after=${after}`, MOST_EVENTS),

  cancel: (id: string) => post<Accepted>(`/executions/${id}/cancel/`),

  pause: (id: string) => post<Accepted>(`/executions/${id}/pause/`),

  resume: (id: string) => post<Accepted>(`/executions/${id}/resume/`),

  rerun: (id: string, wanted: Rerun = {}) =>
    post<Accepted>(`/executions/${id}/rerun/`, wanted),

  /** A value of a run that is kept outside its record. */
  value: (id: string, valueId: string) => read<Json>(`/executions/${id}/values/${valueId}/`),

  upload: async (file: File): Promise<StoredFile> => {
    const form = new FormData();
    form.append("file", file);
    return (await (await send("POST", `${BASE}/files/`, form)).json()) as StoredFile;
  },

  file: (id: string) => read<StoredFile>(`/files/${id}/`),

  fileContentUrl: (id: string) => `${BASE}/files/${id}/content/`,

  review: (id: string) => read<Review>(`/reviews/${id}/`),

  answer: (id: string, answer: ReviewAnswer) => post<Review>(`/reviews/${id}/`, answer),
};

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong.";
}
