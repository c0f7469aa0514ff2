/** A file of the workspace, by its name once that is known, to be saved. */
import { useEffect, useState, type ReactNode } from "react";

import { api, type StoredFile } from "../api/client";
import { bytes, fileId } from "../graph/values";
import { Icon } from "./Icon";

export function FileLink({ text }: { text: string }): ReactNode {
  const id = fileId(text) ?? "";
  const [file, setFile] = useState<StoredFile | null>(null);
  const [isGone, setIsGone] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    setFile(null);
    setIsGone(false);
    api.file(id).then(
      (found) => isCurrent && setFile(found),
      () => isCurrent && setIsGone(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [id]);
  if (isGone) return <span className="quiet">{text} (deleted, or not yours)</span>;
  return (
    <a className="file-link" href={api.fileContentUrl(id)} download title={text}>
      <Icon name="download" size={14} />
      {file?.name ?? text}
      {file && <span className="quiet">{bytes(file.size)}</span>}
    </a>
  );
}
