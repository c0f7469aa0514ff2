/** Approve or reject, with the data edited and a message. */
import { useId, useState, type FormEvent, type ReactNode } from "react";

import { api, messageOf } from "../api/client";
import type { Review } from "../graph/types";
import { answerOf, dataText, isEditable } from "../live/review";
import { ValueView } from "../ui/ValueView";

interface Props {
  review: Review;
  answered: (review: Review) => void;
}

const WORDS = {
  review: { yes: "Approve", no: "Reject" },
  outcome: { yes: "Try again", no: "Let it fail" },
};

export function ReviewForm({ review, answered }: Props): ReactNode {
  const id = useId();
  const [text, setText] = useState(() => dataText(review.data));
  const [message, setMessage] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const words = WORDS[review.purpose];

  const answer = async (approved: boolean) => {
    const given = answerOf(review, approved, text, message);
    if ("problem" in given) return setProblem(given.problem);
    setProblem("");
    setIsBusy(true);
    try {
      answered(await api.answer(review.id, given.answer));
    } catch (error) {
      setProblem(messageOf(error));
      setIsBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void answer(true);
  };
  return (
    <form className="ask" data-testid="review-form" onSubmit={submit}>
      {isEditable(review) ? (
        <div className="form-field">
          <label htmlFor={`${id}-data`}>Data</label>
          <textarea
            id={`${id}-data`}
            className={typeof review.data === "string" ? "" : "mono"}
            rows={Math.min(12, Math.max(3, text.split("\n").length))}
            value={text}
            autoFocus
            aria-invalid={problem !== ""}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      ) : (
        <div className="ask__data">
          <ValueView value={review.data} />
        </div>
      )}
      <div className="form-field">
        <label htmlFor={`${id}-message`}>Message</label>
        <input
          id={`${id}-message`}
          value={message}
          maxLength={10_000}
          placeholder="Why, for whoever reads it later"
          onChange={(event) => setMessage(event.target.value)}
        />
      </div>
      {problem && (
        <p className="form-field__error" role="alert">
          {problem}
        </p>
      )}
      <div className="ask__buttons">
        <button type="submit" className="button button--primary" disabled={isBusy}>
          {words.yes}
        </button>
        <button
          type="button"
          className="button button--danger"
          disabled={isBusy}
          onClick={() => void answer(false)}
        >
          {words.no}
        </button>
      </div>
    </form>
  );
}
