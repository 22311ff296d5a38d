export * from './shapes.js';
export { double as twice } from './shapes.js';
