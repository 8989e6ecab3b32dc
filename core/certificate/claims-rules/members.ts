import type { Group } from './unverified-claims.ts';

/** Members of schema 1.3.0 by what they hold. */
export type Kind = 'text' | 'country' | 'count' | 'day' | 'time';

export type Member = { readonly name: string; readonly kind: Kind; readonly optional: boolean };

const member = (name: string, kind: Kind, optional = false): Member => ({ name, kind, optional });
const text = (name: string) => member(name, 'text');
const optionalText = (name: string) => member(name, 'text', true);
const count = (name: string) => member(name, 'count');
const day = (name: string) => member(name, 'day');

const common = [text('tg'), member('co', 'country'), text('is'), text('ci')];

export const entryMembers: Readonly<Record<Group, readonly Member[]>> = {
  v: [...common, text('vp'), text('mp'), text('ma'), count('dn'), count('sd'), day('dt')],
  t: [
    ...common,
    text('tt'),
    optionalText('nm'),
    optionalText('ma'),
    member('sc', 'time'),
    text('tr'),
    optionalText('tc'),
  ],
  r: [...common, day('fr'), day('df'), day('du')],
};
