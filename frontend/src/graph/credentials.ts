/** Which credentials a pin takes. */
import type { Block, Json, JsonObject, Schema } from "./types";

/** One of the workspace, without its secret. */
export interface Credential {
  id: string;
  provider: string;
  kind: string;
  title: string;
}

export interface CredentialWish {
  providers: readonly string[];
  types: readonly string[];
}

/** null for every other pin. */
export function credentialWish(schema: Schema): CredentialWish | null {
  const providers = textsOf(schema.credentials_provider);
  return providers.length > 0
    ? { providers, types: textsOf(schema.credentials_types) }
    : null;
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** The providers that one of its pins takes a credential of, none for most blocks. */
export function providersOf(block: Block): readonly string[] {
  const wishes = block.inputs.flatMap((pin) => credentialWish(pin.schema) ?? []);
  return [...new Set(wishes.flatMap((wish) => wish.providers))];
}

export function fits(credential: Credential, wish: CredentialWish): boolean {
  const isOfType = wish.types.length === 0 || wish.types.includes(credential.kind);
  return isOfType && wish.providers.includes(credential.provider);
}

/** What the pin holds: a name of the credential, never its secret. */
export function reference({ id, provider, kind, title }: Credential): JsonObject {
  return { id, provider, type: kind, title };
}

export function chosenId(value: Json | undefined): string {
  const id = isObject(value) ? value.id : undefined;
  return typeof id === "string" ? id : "";
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const NAMES: Readonly<Record<string, string>> = {
  openai: "OpenAI",
  github: "GitHub",
  smtp: "SMTP",
  imap: "IMAP",
  http: "HTTP",
  mysql: "MySQL",
  postgres: "PostgreSQL",
};

/** `open_router` as people read it. */
export function providerName(provider: string): string {
  const words = provider.replaceAll("_", " ");
  return NAMES[provider] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

const SHOWN = 3;

/** "OpenAI, Anthropic, Groq or one of 5 others". */
export function providerWords(providers: readonly string[]): string {
  const names = providers.map(providerName);
  const more = names.length - SHOWN;
  if (more > 1) return `${names.slice(0, SHOWN).join(", ")} or one of ${more} others`;
  return names.length > 1
    ? `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`
    : (names[0] ?? "");
}
