import { Refusal } from '#core/refusal';
import { problem } from '#core/wire/problem';

/** What every answer of the API goes through before it is believed to be one. */

/** The API's own refusal. */
export function refusalIn(status: number, text: string): Refusal {
  const answer = problem.safeParse(parsedJson(text));
  if (!answer.success)
    return new Refusal('API_ANSWER_INVALID', { detail: `status ${status} without a problem` });
  const { code, requestId, errors } = answer.data;
  const faults = errors.map(({ at, code: fault }) => ({ at, code: fault }));
  return new Refusal(code, { detail: `from the API, request ${requestId}`, faults });
}

/** @throws Refusal API_ANSWER_INVALID */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Refusal('API_ANSWER_INVALID', { detail: 'not JSON', cause });
  }
}

/** @throws Refusal API_ANSWER_INVALID, API_UNREACHABLE */
export async function boundedText(response: Response, max: number): Promise<string> {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const bytes = await boundedBytes(response, max);
  try {
    return text.decode(bytes);
  } catch (cause) {
    throw new Refusal('API_ANSWER_INVALID', { detail: 'not UTF-8', cause });
  }
}

/** @throws Refusal API_ANSWER_INVALID, API_UNREACHABLE */
export async function boundedBytes(response: Response, max: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > max) throw new Refusal('API_ANSWER_INVALID', { detail: 'answer too large' });
    }
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('API_UNREACHABLE', { detail: 'the answer broke off', cause });
  }
  return Buffer.concat(chunks);
}
