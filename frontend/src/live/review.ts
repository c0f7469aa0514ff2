/** A review as text to edit, and back. */
import type { Json, Review, ReviewAnswer } from "../graph/types";

export function isEditable(review: Review): boolean {
  return review.editable && review.purpose === "review";
}

/** Text stays text; anything else is JSON. */
export function dataText(data: Json): string {
  return typeof data === "string" ? data : JSON.stringify(data, null, 2);
}

export type Given =
  | { answer: ReviewAnswer }
  | { problem: string };

/** Data that nobody touched are left out: what was asked about goes on unchanged. */
export function answerOf(
  review: Review,
  approved: boolean,
  text: string,
  message: string,
): Given {
  const answer: ReviewAnswer = { approved, message };
  if (!isEditable(review) || text === dataText(review.data)) return { answer };
  if (typeof review.data === "string") return { answer: { ...answer, data: text } };
  try {
    return { answer: { ...answer, data: JSON.parse(text) as Json } };
  } catch (error) {
    return { problem: `This is not JSON: ${(error as Error).message}` };
  }
}
