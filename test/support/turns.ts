/** How often somebody else had their turn meanwhile. */
export async function turnsBeside(work: Promise<unknown>): Promise<number> {
  const beside = { turns: 0, isOver: false };
  const look = () => {
    if (beside.isOver) return;
    beside.turns += 1;
    setImmediate(look);
  };
  setImmediate(look);
  await work;
  beside.isOver = true;
  return beside.turns;
}
