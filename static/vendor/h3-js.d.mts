export * from "h3-js";
