// Takes whatever it is sent and says nothing.
process.on('message', () => undefined);
