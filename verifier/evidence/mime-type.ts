import type { Statement } from '#core/sign/item-statement';
import { invalid, type Finding } from '../finding.ts';
import { ATTRIBUTE, MIME_TYPES } from './cms-profile.ts';
import type { Cms } from './read-cms.ts';

/** The signature says what kind of statement it stands over, so that one over an item is never taken for one over a list. */
export function mimeTypeAgrees({ attributes }: Cms, { type }: Pick<Statement, 'type'>): Finding[] {
  return attributes.mimeType === MIME_TYPES[type]
    ? []
    : [invalid('SIGNATURE_MALFORMED', `${ATTRIBUTE.mimeType} is not that of ${type}`)];
}
