import type { SwaggerTransformObject } from '@fastify/swagger';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import { problem } from '#core/wire/problem';

const fromZod = createJsonSchemaTransform({ zodToJsonConfig: { target: 'draft-2020-12' } });
const text = { schema: { type: 'string' } };
const idempotencyKey = {
  type: 'object',
  properties: { 'idempotency-key': { type: 'string', pattern: '^[\\x21-\\x7e]{8,100}$' } },
  required: ['idempotency-key'],
};

/** What OpenAPI says of a route beyond its schemas: who is let in, the Idempotency-Key, and bodies that are streams. */
export const describeRoute: typeof fromZod = (input) => {
  const { schema, url } = fromZod(input);
  const { access, idempotency } = input.route.config ?? {};
  const {
    consumes = [],
    produces = [],
    response,
  } = schema as { consumes?: string[]; produces?: string[]; response?: object };
  const contentOf = (types: readonly string[]) => Object.fromEntries(types.map((type) => [type, text]));
  return {
    url,
    schema: {
      ...schema,
      // that a DELETE takes no body goes without saying
      ...(input.route.method === 'DELETE' ? { body: undefined } : {}),
      security: access === 'public' ? [] : [{ bearer: [] }],
      ...(idempotency || consumes.length > 0 ? { headers: idempotencyKey } : {}),
      ...(consumes.length > 0 ? { body: { content: contentOf(consumes) } } : {}),
      ...(response ? {} : { response: { 200: { description: 'Stream', content: contentOf(produces) } } }),
    },
  };
};

/** Every operation may end with a problem document. */
export const withProblems: SwaggerTransformObject = (made) => {
  // this app makes OpenAPI 3.1 only
  if (!('openapiObject' in made)) return made.swaggerObject;
  const document = made.openapiObject as OpenAPIV3_1.Document;
  const answer = {
    description: 'Problem document (RFC 9457) with a closed code',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  for (const methods of Object.values(document.paths ?? {}))
    for (const operation of Object.values(methods ?? {}) as OpenAPIV3_1.OperationObject[])
      operation.responses = { ...operation.responses, default: answer };
  const shape = z.toJSONSchema(problem) as OpenAPIV3_1.SchemaObject;
  return { ...document, components: { ...document.components, schemas: { Problem: shape } } };
};
