"""The pages of the workspace one works in: its name, its members, whom it asks to join,
and its end. What is done to one names it: an old page does nothing to another."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.account_pages.common import (
    ShapedForm,
    form_page,
    is_done,
    sent,
    shown,
    tried,
)
from accounts.http import user_of
from accounts.models import User, Workspace, WorkspaceMember
from accounts.pages import id_from_address
from accounts.rights.permissions import WORKSPACE_IN_SESSION, require_permission
from accounts.rights.standing import has_right
from accounts.selectors import default_workspace
from accounts.services import MAX_EMAIL
from accounts.workspaces import selectors, services
from accounts.workspaces.ending import workspace_delete
from accounts.workspaces.serializers import (
    MAX_NAME,
    InvitationIn,
    MemberIn,
    WorkspaceIn,
    WorkspacePatchIn,
)

PAGE = "account-workspace"
ROLES = WorkspaceMember.Role


class WorkspaceForm(ShapedForm):
    shape = WorkspacePatchIn

    name = forms.CharField(max_length=MAX_NAME)
    strict_input = forms.BooleanField(
        label="Refuse suspicious input",
        required=False,
        help_text="What looks like an attack is refused. Otherwise it is only noted.",
    )

    @property
    def named(self) -> list[forms.BoundField]:
        return [self["name"]]


class NewWorkspaceForm(ShapedForm):
    shape = WorkspaceIn

    name = forms.CharField(
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )


class InviteForm(ShapedForm):
    shape = InvitationIn

    email = forms.EmailField(
        label="E-mail",
        max_length=MAX_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        choices=[
            (ROLES.READER.value, "Reader: sees everything"),
            (ROLES.OPERATOR.value, "Operator: runs agents, too"),
            (ROLES.EDITOR.value, "Editor: changes them, too"),
            (ROLES.OWNER.value, "Owner: may do everything"),
        ],
        widget=forms.Select(attrs={"class": "select"}),
    )


class RoleForm(ShapedForm):
    shape = MemberIn

    role = forms.ChoiceField(choices=ROLES.choices)


class EndForm(forms.Form):
    """Deleting cannot be undone, so the name is typed."""

    name = forms.CharField(
        label="Name of the workspace",
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )

    def __init__(self, *args: Any, name: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._name = name
        self.fields["name"].help_text = f"Type {name} to delete it."

    def clean_name(self) -> str:
        if self.cleaned_data["name"].strip() != self._name.strip():
            raise forms.ValidationError(f"This is not its name. Type {self._name}.")
        return self._name


@require_permission("workspace", "read")
@require_safe
def workspace(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    return _shown(request, default_workspace(user))


def _shown(
    request: HttpRequest, here: Workspace, status: int = 200, **forms_sent: Any
) -> HttpResponse:
    """The page of one workspace, with what was sent if something was wrong with it."""
    user = user_of(request)
    allowed = {
        f"may_{name}": has_right(user, right, here.pk)
        for name, right in (
            ("change", "workspace:update"),
            ("delete", "workspace:delete"),
            ("manage", "member:update"),
        )
    }
    initial = {"name": here.name, "strict_input": here.strict_input}
    context: dict[str, Any] = {
        "workspace": here,
        "members": selectors.members_of(here).order_by("id"),
        "invitations": selectors.invitations_of(here) if allowed["may_manage"] else (),
        "roles": ROLES.choices,
        "form": WorkspaceForm(initial=initial, auto_id="workspace_%s"),
        "invite_form": InviteForm(auto_id="invite_%s"),
        "is_member": _is_member(user, here),
    }
    return shown(request, "workspace", PAGE, status, **(context | allowed | forms_sent))


def _is_member(user: User, here: Workspace) -> bool:
    return selectors.members_of(here).filter(user=user).exists()


@require_permission("workspace", "update")
@require_POST
def workspace_change(request: HttpRequest, id: UUID) -> HttpResponse:
    user = user_of(request)
    here = selectors.workspace_get(user, id, "workspace:update")
    form = WorkspaceForm(request.POST, auto_id="workspace_%s")

    def change(**facts: Any) -> object:
        return services.workspace_update(user=user, workspace=here, **facts)

    if is_done(form, change):
        messages.success(request, "Saved.")
        return redirect(PAGE)
    return _shown(request, here, 400, form=form)


@require_permission("workspace", "create")
@form_page
def workspace_new(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = NewWorkspaceForm(sent(request))
    made: list[Workspace] = []

    def create(**facts: Any) -> None:
        made.append(services.workspace_create(user=user, **facts))

    if is_done(form, create):
        _work_in(request, made[0])
        messages.success(request, f"You work in “{made[0].name}” now.")
        return redirect(PAGE)
    status = 400 if form.errors else 200
    return shown(request, "workspace_new", PAGE, status, form=form)


@require_permission("workspace", "read")
@require_POST
def workspace_choose(request: HttpRequest) -> HttpResponse:
    """From now on this browser shows another of one's workspaces."""
    id_ = id_from_address(request.POST.get("workspace"))
    if id_ is not None:
        chosen = selectors.joined_get(user_of(request), id_)
        _work_in(request, chosen)
        messages.success(request, f"You work in “{chosen.name}” now.")
    return redirect("agents")


def _work_in(request: HttpRequest, chosen: Workspace) -> None:
    request.session[WORKSPACE_IN_SESSION] = str(chosen.pk)


@require_permission("workspace", "delete")
@form_page
def workspace_end(request: HttpRequest, id: UUID) -> HttpResponse:
    user = user_of(request)
    here = selectors.workspace_get(user, id, "workspace:delete")
    form = EndForm(sent(request), name=here.name)
    if form.is_valid() and tried(
        request,
        lambda: workspace_delete(user=user, workspace=here),
        f"Deleted “{here.name}”.",
    ):
        return redirect("agents")
    status = 400 if form.errors else 200
    return shown(request, "workspace_delete", PAGE, status, form=form, workspace=here)


@require_permission("workspace", "read")
@form_page
def workspace_leave(request: HttpRequest, id: UUID) -> HttpResponse:
    user = user_of(request)
    here = selectors.workspace_get(user, id)
    member = selectors.member_get(here, user.pk)
    if request.method == "POST":
        words = f"You have left “{here.name}”."
        left = tried(
            request, lambda: services.member_remove(user=user, member=member), words
        )
        return redirect("agents" if left else PAGE)
    return shown(request, "workspace_leave", PAGE, workspace=here)


# --- Members and invitations ----------------------------------------------------------


@require_permission("member", "update")
@require_POST
def member_role(request: HttpRequest, id: UUID, user_id: UUID) -> HttpResponse:
    user = user_of(request)
    here = selectors.workspace_get(user, id, "member:update")
    member = selectors.member_get(here, user_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        role = form.facts["role"]
        words = f"{member.user} is {role} now."
        tried(
            request,
            lambda: services.member_change(user=user, member=member, role=role),
            words,
        )
    return redirect(PAGE)


@require_permission("member", "delete")
@form_page
def member_remove(request: HttpRequest, id: UUID, user_id: UUID) -> HttpResponse:
    user = user_of(request)
    here = selectors.workspace_get(user, id, "member:delete")
    member = selectors.member_get(here, user_id)
    if request.method == "POST":
        words = f"{member.user} does not belong to it any more."
        tried(request, lambda: services.member_remove(user=user, member=member), words)
        return redirect(PAGE)
    return shown(request, "member_remove", PAGE, workspace=here, member=member)


@require_permission("member", "create")
@require_POST
def member_invite(request: HttpRequest, id: UUID) -> HttpResponse:
    user = user_of(request)
    here = selectors.workspace_get(user, id, "member:create")
    form = InviteForm(request.POST, auto_id="invite_%s")
    invited: list[services.Invited] = []

    def invite(**facts: Any) -> None:
        invited.append(services.invitation_create(user=user, workspace=here, **facts))

    if not is_done(form, invite):
        return _shown(request, here, 400, invite_form=form)
    if invited[0].link is None:
        messages.success(request, f"An invitation is mailed to {invited[0].row.email}.")
        return redirect(PAGE)
    return _shown(request, here, invited=invited[0])


@require_permission("member", "delete")
@require_POST
def invitation_withdraw(
    request: HttpRequest, id: UUID, invitation_id: UUID
) -> HttpResponse:
    user = user_of(request)
    here = selectors.workspace_get(user, id, "member:delete")
    invitation = selectors.invitation_get(here, invitation_id)
    services.invitation_withdraw(user=user, invitation=invitation)
    messages.success(request, "Withdrawn. Its link opens nothing any more.")
    return redirect(PAGE)


@require_permission("account", "read", POST="update")
@form_page
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link leads. Programs that look through mails open links, so it takes a
    click to join."""
    user, found = user_of(request), services.invitation_of(token)
    if request.method == "POST" and found is not None:
        words = f"You belong to “{found.workspace.name}” now, and work in it."
        if tried(
            request,
            lambda: services.invitation_accept(user=user, token=token),
            words,
        ):
            _work_in(request, found.workspace)
            return redirect("agents")
        found = None
    status = 200 if found is not None else 410
    return shown(request, "invitation", PAGE, status, invitation=found)
