// Three workers of one app; which of them hosts the broker is theirs to settle.
module.exports = {
  apps: [
    {
      name: 'app',
      script: `${__dirname}/app.js`,
      exec_mode: 'cluster',
      instances: 3,
      // Only because the examples run from source.
      node_args: '--import tsx --conditions=@clusterbus/source',
    },
  ],
}
