/** One question to a person: a line that opens into the form that answers it. */
import { useEffect, useState, type ReactNode } from "react";

import { api, messageOf } from "../api/client";
import type { Review } from "../graph/types";
import { countdown } from "../live/waits";
import { Icon } from "../ui/Icon";
import { useNow } from "../ui/useNow";
import { ReviewForm } from "./ReviewForm";

interface Props {
  id: string;
  until: number | null;
  /** The name of the node that asks. */
  node: string;
}

export function ReviewAsk({ id, until, node }: Props): ReactNode {
  const [review, setReview] = useState<Review | null>(null);
  const [problem, setProblem] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    void api.review(id).then(
      (found) => isCurrent && setReview(found),
      (error: unknown) => isCurrent && setProblem(messageOf(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [id]);
  const isAnswered = review !== null && review.status !== "PENDING";
  return (
    <div className="waits__ask">
      <div className="waits__line">
        <Icon name="person" size={14} />
        <p>
          Waits for a person: <a href={`/reviews/${id}/`}>{review?.title || node}</a>
          {review?.title && review.title !== node && <span className="quiet"> · {node}</span>}
          {until !== null && <Expiry until={until} />}
          {problem && <span className="form-field__error"> {problem}</span>}
        </p>
        {isAnswered && <span className="quiet">Answered</span>}
        {review && !isAnswered && (
          <button
            type="button"
            className="button"
            data-testid="answer-review"
            aria-expanded={isOpen}
            onClick={() => setIsOpen(!isOpen)}
          >
            {isOpen ? "Later" : "Answer"}
          </button>
        )}
      </div>
      {isOpen && review && !isAnswered && <ReviewForm review={review} answered={setReview} />}
    </div>
  );
}

const DAY_MS = 24 * 3600 * 1000;

/** What is far off is only told when it comes near. */
function Expiry({ until }: { until: number }): ReactNode {
  const isNear = until - Date.now() < DAY_MS;
  const now = useNow(isNear);
  return isNear && <span className="quiet"> · expires {countdown(until, now)}</span>;
}
