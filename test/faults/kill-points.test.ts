import { temporal } from '@temporalio/proto';
import { expect, it } from 'vitest';
import { PointNames } from './kill-points.ts';

const eventsOf = (events: object[]) => temporal.api.history.v1.History.fromObject({ events }).events;
const scheduled = (eventId: number, name: string, by: number) => ({
  eventId,
  activityTaskScheduledEventAttributes: { activityType: { name }, workflowTaskCompletedEventId: by },
});
const taskCompleted = (eventId: number) => ({ eventId, workflowTaskCompletedEventAttributes: {} });

it('a history has a point for each change of it: what one workflow task decides is one, an activity counts once it answers', () => {
  const names = new PointNames('deployment');
  expect(
    names.of(
      eventsOf([
        { eventId: 1, workflowExecutionStartedEventAttributes: {} },
        { eventId: 2, workflowTaskScheduledEventAttributes: {} },
        { eventId: 3, workflowTaskStartedEventAttributes: {} },
        taskCompleted(4),
        scheduled(5, 'notify', 4),
        { eventId: 6, timerStartedEventAttributes: { workflowTaskCompletedEventId: 4 } },
      ]),
    ),
  ).toEqual([
    'deployment: workflow-execution-started 1',
    'deployment: workflow-task-started 1',
    'deployment: activity-task-scheduled notify 1',
  ]);
  expect(
    names.of(
      eventsOf([
        { eventId: 7, activityTaskStartedEventAttributes: { scheduledEventId: 5 } },
        { eventId: 8, activityTaskCompletedEventAttributes: { scheduledEventId: 5 } },
        { eventId: 9, workflowExecutionSignaledEventAttributes: { signalName: 'granted' } },
        taskCompleted(12),
        scheduled(13, 'notify', 12),
      ]),
    ),
  ).toEqual([
    'deployment: activity-task-completed notify 1',
    'deployment: workflow-execution-signaled granted 1',
    'deployment: activity-task-scheduled notify 2',
  ]);
});
