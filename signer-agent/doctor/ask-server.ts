import { Refusal } from '#core/refusal';

const ANSWER_MS = 15_000;
/** the largest trust list, in base64, with its signatures */
const MAX_BYTES = 24 * 1024 * 1024;

export type Asked = { readonly headers: Headers; readonly body: unknown };

/**
 * A public resource of the API.
 * @throws Refusal API_UNREACHABLE, API_ANSWER_INVALID
 */
export async function askServer(origin: string, path: string): Promise<Asked> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(origin + path, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) });
    text = await boundedText(response);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('API_UNREACHABLE', { detail: reasonOf(cause), cause });
  }
  if (!response.ok) throw new Refusal('API_ANSWER_INVALID', { detail: `${path} status ${response.status}` });
  try {
    return { headers: response.headers, body: JSON.parse(text) as unknown };
  } catch (cause) {
    throw new Refusal('API_ANSWER_INVALID', { detail: `${path} is not JSON`, cause });
  }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BYTES) throw new Refusal('API_ANSWER_INVALID', { detail: 'answer too large' });
  }
  return text + decoder.decode();
}

/** The system's own code (ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED …): it tells a network from a name or a TLS fault. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code, name } = cause as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'failed';
}
