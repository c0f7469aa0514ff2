/** The builder's store and verbs for its components. */
import { createContext, useContext } from "react";

import { useSelected } from "../ui/store";
import type { Actions } from "./actions";
import type { Saver } from "./save";
import type { BuilderState, BuilderStore } from "./state";

export interface Builder {
  store: BuilderStore;
  actions: Actions;
  saver: Saver;
}

const BuilderContext = createContext<Builder | null>(null);

export const BuilderProvider = BuilderContext.Provider;

function useBuilder(): Builder {
  const builder = useContext(BuilderContext);
  if (!builder) throw new Error("The builder is used outside its provider.");
  return builder;
}

export function useBuilderState<T>(select: (state: BuilderState) => T): T {
  return useSelected(useBuilder().store, select);
}

export function useActions(): Actions {
  return useBuilder().actions;
}

export function useSaver(): Saver {
  return useBuilder().saver;
}

export function useBuilderStore(): BuilderStore {
  return useBuilder().store;
}
