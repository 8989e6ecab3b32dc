import type { Html } from '../html.ts';

/** One screen: `main` is put in place when it changes, each live part whenever that part does, so that nothing typed is lost. */
export type Screen = {
  readonly name: 'today' | 'check' | 'working' | 'review' | 'pin' | 'result';
  readonly title: string;
  readonly main: Html;
  /** by the name of the element that carries `data-live` */
  readonly live: Readonly<Record<string, Html>>;
};
