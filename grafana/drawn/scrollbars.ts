// Of this CommonJS package Grafana's strict ES modules get all exports where they want the default.
// @ts-expect-error  the package has no types for its files
import exported from './node_modules/react-custom-scrollbars-2/lib/index.js';

export default exported.default;
