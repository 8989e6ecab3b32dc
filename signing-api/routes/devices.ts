import { z } from 'zod';
import * as f from '#core/sign/fields';
import { device, enrolment, newDevice, newEnrolment } from '#core/wire/devices';
import { callerOf } from '../access.ts';
import type { Service } from '../service.ts';
import { enrolDevice, makeEnrolmentCode } from '../steps/enrol-device.ts';
import { listOwnDevices } from '../steps/list-devices.ts';
import type { App } from './app-type.ts';
import { nothing } from './nothing.ts';

const SIGNERS = ['district', 'facility'] as const;

export function deviceRoutes(app: App, service: Service): void {
  app.post(
    '/v1/enrolments',
    {
      config: { access: { roles: SIGNERS }, idempotency: 'secret' },
      schema: { querystring: nothing, body: newEnrolment, response: { 201: enrolment } },
    },
    async (request, reply) => {
      await reply.code(201).send(await makeEnrolmentCode(service, callerOf(request)));
    },
  );

  // the code is the permission: it is single-use, and its answer carries nothing secret
  app.post(
    '/v1/devices',
    {
      config: { access: 'public', idempotency: 'answer' },
      schema: { querystring: nothing, body: newDevice, response: { 201: device } },
    },
    async (request, reply) => {
      await reply.code(201).send(await enrolDevice(service, request.body));
    },
  );

  app.get(
    '/v1/devices',
    {
      config: { access: { roles: SIGNERS } },
      schema: {
        querystring: nothing,
        response: {
          200: z.strictObject({
            devices: z.array(z.strictObject({ deviceId: f.uuid, signerCertificateSha256: f.digest })),
          }),
        },
      },
    },
    async (request) => ({ devices: await listOwnDevices(service, callerOf(request)) }),
  );
}
