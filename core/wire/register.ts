import { z } from 'zod';

/**
 * The population register as kyso asks it: `POST <base>/v1/checks`, at most 500 people a request. Four fields are compared (9438/BYT-CNTT):
 * name, sex, date of birth, number. The contract in words: docs/register.md.
 */
export const MAX_PEOPLE = 500;

export const checkRequest = z.strictObject({
  people: z
    .array(
      z.strictObject({
        /** ours, to match the answer: unique in the request */
        ref: z.string().min(1).max(40),
        name: z.string().min(1).max(120),
        sex: z.enum(['M', 'F', 'X']),
        birthDate: z.string().min(4).max(10),
        idType: z.enum(['CCCD', 'CMND']),
        idNumber: z.string().regex(/^(\d{9}|\d{12})$/),
      }),
    )
    .min(1)
    .max(MAX_PEOPLE),
});

export const checkAnswer = z.strictObject({
  answers: z
    .array(
      z.strictObject({
        ref: z.string().min(1).max(40),
        result: z.enum(['right', 'wrong', 'unverifiable']),
        /** which fields differ; only with `wrong` */
        wrong: z.array(z.enum(['name', 'sex', 'birthDate', 'idNumber'])).max(4),
        /** the register's own reference of this answer */
        reference: z
          .string()
          .regex(/^[\x21-\x7e]{1,80}$/)
          .optional(),
      }),
    )
    .max(MAX_PEOPLE),
});

export type CheckRequest = z.infer<typeof checkRequest>;
export type CheckAnswer = z.infer<typeof checkAnswer>;
export type PersonToCheck = CheckRequest['people'][number];
