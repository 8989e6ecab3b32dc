/**
 * The little of the browser that the page's script uses. The compiler's own DOM types would be global, and let every other part of the
 * project believe that it runs in a page.
 */
export type PageElement = {
  readonly dataset: Record<string, string | undefined>;
  readonly tagName: string;
  innerHTML: string;
  textContent: string;
  value: string;
  readonly name: string;
  readonly checked: boolean;
  disabled: boolean;
  href: string;
  download: string;
  readonly content: string;
  focus: () => void;
  click: () => void;
  remove: () => void;
  readonly querySelector: (selector: string) => PageElement | null;
  readonly querySelectorAll: (selector: string) => Iterable<PageElement>;
  readonly closest: (selector: string) => PageElement | null;
};

export type PageEvent = { readonly target: PageElement; readonly preventDefault: () => void };

export type PageDocument = Pick<PageElement, 'querySelector' | 'querySelectorAll'> & {
  title: string;
  readonly createElement: (name: 'a') => PageElement;
  readonly addEventListener: (type: 'click' | 'submit', listener: (event: PageEvent) => void) => void;
};

export type PageWindow = {
  readonly location: { readonly hash: string };
  readonly history: { readonly replaceState: (state: null, title: '', url: string) => void };
  readonly print: () => void;
  readonly addEventListener: (type: 'hashchange', listener: () => void) => void;
};
