/** Whether the server has what is on the screen. */
import type { ReactNode } from "react";

import { useBuilderState, useSaver } from "./context";
import type { SaveState } from "./state";

function words(save: SaveState): string {
  if (save.state === "saved") return "Saved";
  if (save.state === "saving") return "Saving…";
  if (save.state === "conflict") return "Changed elsewhere";
  return `Not saved: ${save.reason}`;
}

export function SaveIndicator(): ReactNode {
  const save = useBuilderState((state) => state.save);
  const saver = useSaver();
  return (
    <span className="save-state" data-state={save.state}>
      <span
        className="save-state__words"
        data-testid="save-state"
        role="status"
        title={words(save)}
      >
        {words(save)}
      </span>
      {save.state === "failed" && (
        <button type="button" className="link-button" onClick={() => void saver.flush()}>
          Try again
        </button>
      )}
      {save.state === "conflict" && (
        <>
          <button
            type="button"
            className="link-button"
            title="Drop your changes and show the other ones"
            onClick={() => window.location.reload()}
          >
            Reload
          </button>
          <button
            type="button"
            className="link-button"
            title="Save your changes over the other ones"
            onClick={() => void saver.overwrite()}
          >
            Overwrite
          </button>
        </>
      )}
    </span>
  );
}
