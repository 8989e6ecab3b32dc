import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { refusals } from '#core/refusal';
import { openApiText } from '#signing-api/openapi';

type Operation = {
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: unknown }> };
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>;
};
type Document = {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, { readonly properties: { readonly code: { readonly enum: string[] } } }>;
  };
};

const text = readFileSync('docs/openapi.json', 'utf8');
const document = JSON.parse(text) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    route: `${method.toUpperCase()} ${path}`,
    path,
    operation,
  })),
);

describe('docs/openapi.json', () => {
  it('is what the routes say now (`npm run openapi` writes it anew)', async () => {
    expect(await openApiText()).toBe(text);
  });

  it('is OpenAPI 3.1 with the closed list of codes', () => {
    expect(document.openapi).toBe('3.1.0');
    expect([...(document.components.schemas['Problem']?.properties.code.enum ?? [])].sort()).toEqual(
      Object.keys(refusals).sort(),
    );
  });

  it.each(operations)('$route says its path members, its answers and its problems', ({ path, operation }) => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '');
    const declared = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'path')
      .map(({ name }) => name);
    expect(declared.sort()).toEqual(inPath.sort());
    expect(Object.keys(operation.responses).some((status) => /^2\d\d$/.test(status))).toBe(true);
    expect(Object.keys(operation.responses['default']?.content ?? {})).toEqual(['application/problem+json']);
    expect(operation.security).toBeDefined();
  });

  it.each(operations.filter(({ operation }) => operation.requestBody?.content['application/json']))(
    '$route refuses unknown members',
    ({ operation }) => {
      const schema = operation.requestBody?.content['application/json']?.schema;
      const forms = (schema as { anyOf?: object[] }).anyOf ?? [schema];
      for (const form of forms) expect(form).toMatchObject({ type: 'object', additionalProperties: false });
    },
  );

  it('asks for an Idempotency-Key wherever something is made or signed', () => {
    const without = operations
      .filter(({ route }) => route.startsWith('POST'))
      .filter(
        ({ operation }) =>
          !operation.parameters?.some(
            ({ name, required }) => name === 'idempotency-key' && required === true,
          ),
      )
      .map(({ route }) => route);
    expect(without.sort()).toEqual([
      'POST /v1/certificates/lookup',
      'POST /v1/certificates/paper',
      'POST /v1/issuing/leases',
      'POST /v1/signing-sessions/challenges',
      'POST /v1/signing-sessions/{sessionId}/heartbeats',
      'POST /v1/verify',
    ]);
  });
});
