// Runs as a worker: asks the page every 4 s for a heart-beat, also while its tab is hidden.
setInterval(() => postMessage(null), 4_000);
