import { expect, it } from 'vitest';
import { checkCaller } from '../../../../src/activities/trust/callers.ts';

const target = 'target/shop/production';
const deployment = 'deployment/shop/production/7';
const state = { service: 'shop', environment: 'production' };
const publish = { deployment: 'shop.production.7', closing: null };
const told = { notification: { deployment: 'shop.production.7', service: 'shop', environment: 'production' } };
const ofTarget = { notification: { ...told.notification, deployment: 'shop/production' } };
const closing = { row: { id: 'shop.production.7' } };

it.each([
  ['saveTarget', state, target],
  ['verifyAdoption', { target: 'shop/production' }, target],
  ['publish', publish, deployment],
  ['publish', { ...publish, closing }, deployment],
  ['recoverDeployment', { workflowId: deployment }, target],
  ['planRepair', { deployment: 'shop.production.7' }, target],
  ['closeReview', { deployment: 'shop.production.7' }, target],
  ['recordNote', { deployment: 'shop.production.7' }, target],
  ['writeDocuments', { runIdentity: { deployment: 'shop.production.7' } }, deployment],
  ['writeDocuments', { runIdentity: { deployment: 'shop.production.7' } }, 'documents/shop/production/7'],
  ['recordDocuments', { deployment: 'shop.production.7' }, target],
  ['notify', told, deployment],
  ['notify', told, target],
  ['notify', told, 'documents/shop/production/7'],
  ['notify', told, 'page/shop.production.7/page-1'],
  ['notify', ofTarget, target],
  ['confirmGrant', { deployment: 'shop.production.7' }, deployment],
  ['readPage', { deployment: 'shop.production.7', page: 'page-1' }, deployment],
  ['awaitWindow', state, deployment],
  ['storeJournal', undefined, deployment],
  ['exportRecord', { deployment: 'shop.production.7' }, 'record/shop/production/7'],
  ['findUnknownDeployments', state, target],
  ['freeNumber', state, target],
  ['followDeployment', { workflowId: deployment }, target],
  ['supervise', {}, 'supervision-2026-03-02T09:00:30Z'],
  // The activity itself compares whoever asks with the seal, and raises an alarm.
  ['observe', {}, 'anybody'],
])('%s is done for the workflow that it is about', (activity, input, caller) => {
  expect(() => checkCaller(activity, input, caller)).not.toThrow();
});

it.each([
  ['saveTarget', state, 'target/shop/staging'],
  ['saveTarget', state, deployment],
  ['verifyAdoption', { target: 'shop/staging' }, target],
  ['verifyAdoption', { target: 'shop/production' }, deployment],
  ['publish', publish, 'deployment/shop/production/8'],
  ['publish', publish, target],
  ['publish', { ...publish, closing: { row: { id: 'shop.production.8' } } }, deployment],
  ['recoverDeployment', { workflowId: deployment }, deployment],
  ['recoverDeployment', { workflowId: 'x' }, target],
  ['planRepair', { deployment: 'shop.production.7' }, 'target/shop/staging'],
  ['closeReview', { deployment: 'shop.staging.7' }, target],
  ['recordNote', { deployment: 'shop.staging.7' }, target],
  ['notify', told, 'deployment/shop/production/8'],
  ['notify', told, 'page/shop.production.70/page-1'],
  ['notify', told, 'anybody'],
  ['notify', ofTarget, 'target/shop/staging'],
  ['notify', { notification: { ...told.notification, environment: 'staging' } }, deployment],
  ['writeDocuments', { runIdentity: { deployment: 'shop.production.7' } }, 'documents/shop/production/8'],
  ['recordDocuments', { deployment: 'shop.production.7' }, deployment],
  ['confirmGrant', { deployment: 'shop.production.7' }, 'deployment/shop/production/8'],
  ['readPage', { deployment: 'shop.production.7', page: 'page-1' }, target],
  ['awaitWindow', state, 'deployment/shop/staging/7'],
  ['awaitWindow', state, target],
  ['storeJournal', undefined, target],
  ['exportRecord', { deployment: 'shop.production.7' }, 'record/shop/production/70'],
  ['exportRecord', { deployment: 'shop.production.7' }, deployment],
  ['findUnknownDeployments', state, deployment],
  ['freeNumber', state, 'target/shop/staging'],
  ['followDeployment', { workflowId: deployment }, 'target/shop/staging'],
  ['followDeployment', { workflowId: 'x' }, target],
  ['supervise', {}, 'supervisions'],
  // Nobody may ask for what is not in the table, nor with what no rule can read.
  ['invented', {}, deployment],
  ['constructor', {}, deployment],
  ['publish', undefined, deployment],
  ['deliver', { notification: null }, 'delivery/1'],
])('%s is refused to any other workflow: %o for %s', (activity, input, caller) => {
  expect(() => checkCaller(activity, input, caller)).toThrow(`${activity} is not for ${caller} to ask for.`);
});
