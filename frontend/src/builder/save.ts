/** Saves the draft a moment after the last change, one request at a time. */
import { api, ApiError, messageOf } from "../api/client";
import { fromProblem } from "../graph/findings";
import type { Draft } from "../graph/types";
import { withFindings, type BuilderStore } from "./state";

const AFTER_MS = 800;
const RETRY_MS = 5_000;

export interface Saver {
  /** Save what is unsaved now; true when the server has the whole draft. */
  flush(): Promise<boolean>;
  /** Save over what somebody else saved. */
  overwrite(): Promise<boolean>;
}

export function createSaver(store: BuilderStore): Saver {
  let stored: Draft = store.get().history.present;
  let seen: Draft = stored;
  let timer: number | undefined;
  let running: Promise<boolean> | null = null;

  const later = (delay: number) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void flush(), delay);
  };

  store.subscribe(() => {
    const { history, save } = store.get();
    if (history.present === seen) return;
    seen = history.present;
    if (save.state === "conflict") return;
    store.set({ save: { state: "saving" } });
    later(AFTER_MS);
  });

  const send = async (): Promise<boolean> => {
    const draft = store.get().history.present;
    if (draft === stored) return isSaved();
    const { graphId, etag } = store.get();
    store.set({ save: { state: "saving" } });
    try {
      const answer = await api.save(graphId, draft, etag);
      stored = draft;
      store.set({ saved: answer.graph, etag: answer.etag });
    } catch (error) {
      return refused(error, draft);
    }
    if (store.get().history.present !== draft) return send();
    store.set({ save: { state: "saved" } });
    void refreshFindings(store, draft);
    return true;
  };

  const isSaved = (): boolean => {
    const { save } = store.get();
    if (save.state === "saving") store.set({ save: { state: "saved" } });
    return save.state !== "conflict";
  };

  const refused = (error: unknown, draft: Draft): boolean => {
    const status = error instanceof ApiError ? error.status : -1;
    if (status === 412) {
      store.set({ save: { state: "conflict" } });
      return false;
    }
    store.set({ save: { state: "failed", reason: messageOf(error) } });
    if (error instanceof ApiError && error.errors.length > 0) {
      const problems = error.errors.map((item) => fromProblem(item, draft));
      store.set(withFindings(problems, store.get()));
    }
    if (status === 0 || status >= 500 || status === 429) later(RETRY_MS);
    return false;
  };

  const flush = async (): Promise<boolean> => {
    window.clearTimeout(timer);
    if (store.get().save.state === "conflict") return false;
    running ??= send().finally(() => {
      running = null;
    });
    return running;
  };

  const overwrite = async (): Promise<boolean> => {
    try {
      const { etag } = await api.graph(store.get().graphId);
      store.set({ etag, save: { state: "saving" } });
    } catch (error) {
      store.set({ save: { state: "failed", reason: messageOf(error) } });
      return false;
    }
    return flush();
  };

  return { flush, overwrite };
}

/** Findings describe the saved draft, so an answer that came too late is dropped. */
export async function refreshFindings(store: BuilderStore, of: Draft): Promise<void> {
  const findings = await api.findings(store.get().graphId).catch(() => null);
  if (findings && store.get().history.present === of) {
    store.set(withFindings(findings, store.get()));
  }
}
