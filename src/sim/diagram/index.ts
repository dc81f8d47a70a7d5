export { DEFAULT_DIAGRAM_EVENTS, type DiagramOptions, MAX_DIAGRAM_EVENTS, renderDiagram } from "./render.ts";
