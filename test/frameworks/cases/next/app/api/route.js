export const dynamic = "force-dynamic";
export function GET(request) { return Response.json({ url: new URL(request.url).pathname }); }
