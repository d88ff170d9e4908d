/** A robot aborts only what it requested itself; people abort whatever they like. Both by their subjects. */
export function mayRobotAbort(robot: string, requester: string): boolean {
  return robot === requester;
}

export const abortsOnlyItsOwn = 'A robot aborts only what it requested.';
