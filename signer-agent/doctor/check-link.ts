import { isRefusal } from '#core/refusal';
import type { Link, LinkReport, WarningCode } from './report.ts';

/** What a check of one link came to, beside what it found. */
export type Checked = {
  readonly facts: readonly string[];
  readonly warning?: WarningCode | null;
};

/**
 * Runs one check: a refusal is what is broken there, and the check's answer is all well or a warning.
 * @param facts what is known of the link even where it is broken
 */
export async function checkLink(
  link: Link,
  check: () => Checked | Promise<Checked>,
  facts: readonly string[] = [],
): Promise<LinkReport> {
  try {
    const checked = await check();
    const found = { link, facts: [...facts, ...checked.facts] };
    return checked.warning
      ? { ...found, state: 'warning', code: checked.warning }
      : { ...found, state: 'ok', code: null };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { link, facts, state: 'broken', code: error.code, detail: error.detail ?? null };
  }
}
