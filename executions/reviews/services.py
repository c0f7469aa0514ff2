"""Writes to reviews. The execution is locked before the review, as everywhere."""

from typing import Final, NamedTuple, NoReturn
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Case, Value, When
from django.db.models.functions import Now

from accounts.models import User
from blocks.values import JsonValue
from core.http import Problem
from core.stored import sealed_value
from executions import signals
from executions.models import Review, ReviewRule, Signal
from executions.reviews import selectors

_KINDS: Final = {
    bool: "true or false", int: "a number", float: "a number", str: "text",
    list: "a list", dict: "an object", type(None): "null",
}  # fmt: skip


class Answer(NamedTuple):
    """`data` as the person left it; `always`: approve what the node asks from now on,
    without asking."""

    approved: bool
    data: JsonValue
    message: str = ""
    always: bool = False


def review_answer(*, user: User, review: Review, answer: Answer) -> None:
    """Store the answer and tell the execution. The same answer again changes nothing.

    Raises:
        Problem: 400, it cannot be answered so; 403, somebody else was asked; 409, it
            was answered differently, or it is too late.
    """
    _check_fits(review, answer)
    with transaction.atomic():
        status = signals.execution_lock(review.execution_id)
        stored, is_over = _locked(review.id)
        if stored.answered_at is not None:
            _check_same(stored, answer)
            return
        if stored.status != Review.Status.PENDING or status is None or status.is_final:
            _refuse("The run no longer waits for it.", "no-longer-asked")
        if is_over:
            _refuse("Its time is over: nobody answered.", "review-expired")
        _check_may_answer(user, stored)
        _store(user, stored, answer)


def _locked(review_id: UUID) -> tuple[Review, bool]:
    """With whether its time is over by the database's clock."""
    is_over = Case(When(expires_at__lte=Now(), then=Value(True)), default=Value(False))
    rows = Review.objects.select_for_update().annotate(is_over=is_over)
    review = rows.get(id=review_id)
    return review, review.is_over


def _store(user: User, review: Review, answer: Answer) -> None:
    chosen = Review.Status.APPROVED if answer.approved else Review.Status.REJECTED
    Review.objects.filter(id=review.id).update(
        status=chosen,
        answer=sealed_value(review, "answer", answer.data),
        message=answer.message,
        answered_at=Now(),
        answered_by=user,
    )
    signals.signal_send(
        review.execution_id, Signal.Kind.ANSWER, _signal(user, review, answer)
    )
    if answer.always:
        _rule_ensure(user, review)


def _signal(user: User, review: Review, answer: Answer) -> dict[str, JsonValue]:
    return {
        "review_id": str(review.id),
        "node_id": review.node_id,
        "number": review.number,
        "purpose": review.purpose,
        "approved": answer.approved,
        "data": answer.data,
        "message": answer.message,
        "by": str(user.id),
    }


def _rule_ensure(user: User, review: Review) -> None:
    ReviewRule.objects.get_or_create(
        graph_id=review.execution.graph_id,
        node_id=review.node_id,
        defaults={"workspace_id": review.workspace_id, "created_by": user},
    )


def review_assign(*, review: Review, assignee: UUID | None) -> None:
    """Ask somebody in particular; None asks every member.

    Raises:
        Problem: 400, no member has this id; 409, it was answered or is over.
    """
    person = None
    if assignee is not None:
        person = selectors.people_to_ask(review).filter(id=assignee).first()
        if person is None:
            _refuse_field("assignee", "No member of the workspace has this id.")
    waiting = Review.objects.filter(id=review.id, status=Review.Status.PENDING)
    if not waiting.update(assignee=person):
        _refuse("It no longer waits for an answer.", "no-longer-asked")


# --- Checks ---------------------------------------------------------------------------


def _check_fits(review: Review, answer: Answer) -> None:
    if answer.always and not answer.approved:
        _refuse_field("auto_approve", "Only what is approved can be approved always.")
    if answer.always and review.purpose != Review.Purpose.REVIEW:
        _refuse_field("auto_approve", "An unknown outcome needs a look each time.")
    if _json(answer.data) == _json(review.data):
        return
    if not is_editable(review):
        _refuse_field("data", "The data of this review cannot be edited.")
    wanted, given = _kind(review.data), _kind(answer.data)
    if wanted != given:
        _refuse_field("data", f"Must stay {wanted}; this is {given}.")


def is_editable(review: Review) -> bool:
    """What a lost attempt was given is only shown: trying again takes it as it was."""
    return review.editable and review.purpose == Review.Purpose.REVIEW


def _kind(value: JsonValue) -> str:
    return _KINDS[type(value)]


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _check_same(review: Review, answer: Answer) -> None:
    approved = review.status == Review.Status.APPROVED
    is_same = (approved, review.message) == (answer.approved, answer.message)
    if is_same and _json(review.answer) == _json(answer.data):
        return
    word = "approved" if approved else "rejected"
    who = review.answered_by or "somebody who has left"
    _refuse(f"{who} {word} it before, with another answer.", "answered-before")


def _check_may_answer(user: User, review: Review) -> None:
    if not selectors.may_answer(user, review):
        detail = f"{review.assignee} was asked. An owner of the workspace may answer."
        raise Problem(403, "Somebody else was asked", detail, code="not-assignee")


def _refuse(detail: str, code: str) -> NoReturn:
    raise Problem(409, "Cannot be answered", detail, code=code)


def _refuse_field(field: str, message: str) -> NoReturn:
    raise Problem(
        400,
        "Invalid answer",
        message,
        [{"field": field, "message": message, "code": "invalid"}],
        code="invalid-answer",
    )
