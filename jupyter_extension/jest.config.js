/** Tests run in jsdom; JupyterLab's packages are ES modules, so they are compiled as well. */
const compile = ['ts-jest', { tsconfig: 'test/tsconfig.json' }];
const ESM =
  '@jupyter|@microsoft|exenv-es6|@jupyterlab|@lumino|@xyflow|d3-[a-z]+|lib0|y-|vscode-ws-jsonrpc';

module.exports = {
  testEnvironment: 'jsdom',
  // A page that can be seen: what polls stands by while it cannot.
  testEnvironmentOptions: { pretendToBeVisual: true },
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/test/**/*.test.tsx'],
  setupFiles: ['<rootDir>/test/browser.ts'],
  transform: { '\\.[jt]sx?$': compile },
  transformIgnorePatterns: [`/node_modules/(?!(${ESM}))`],
  moduleNameMapper: {
    '\\.css$': '<rootDir>/test/empty.js',
    '\\.svg(\\?.*)?$': '<rootDir>/test/icon.js'
  }
};
