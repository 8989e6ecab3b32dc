/** Of the agent; the same as in package.json. Raised with every release: support codes and the API's minimum go by it. */
export const AGENT_VERSION = '0.1.0';
