"""Secrets for tests, one of each kind: made up, and put together here so that no scanner takes them for real."""

from __future__ import annotations

import base64
import json

HEX = "0123456789abcdef" * 2
MIXED = "aB3dE5gH7jK9mN1pQ3sT5vX7zC2fG4hJ6kL8nP0rS2tU4wY6"
KEY = "sk" + "-proj-" + MIXED[:30]


def _jwt() -> str:
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": "1234567890", "name": "John"}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, MIXED[:43]])


SECRETS = {
    "openai-key": "sk" + "-" + MIXED,
    "openai-key of a project": "sk" + "-proj-" + MIXED[:20] + "_" + MIXED[20:] + "-" + MIXED[:12],
    "openai-key of a service account": "sk" + "-svcacct-" + MIXED,
    "openai-key of an administrator": "sk" + "-admin-" + MIXED,
    "openai-key as DeepSeek's": "sk" + "-" + HEX,
    "anthropic-key": "sk" + "-ant-api03-" + MIXED + "-" + MIXED + "AA",
    "langfuse-key": "sk" + "-lf-" + MIXED[:36],
    "openai-ephemeral-key": "e" + "k_" + MIXED,
    "openrouter-key": "sk" + "-or-v1-" + HEX + HEX,
    "google-key": "AI" + "za" + "Sy" + MIXED[:33],
    "google-token": "ya" + "29." + MIXED,
    "aws-access-key": "AK" + "IA" + "Q3EGRIU7HZ2NYC5T",
    "aws-access-key of a session": "AS" + "IA" + "Q3EGRIU7HZ2NYC5T",
    "azure-key": MIXED + MIXED[:4] + "JQQJ" + "99" + MIXED[:26],
    "hugging-face-token": "h" + "f_" + MIXED[:34],
    "github-token": "gh" + "p_" + MIXED[:36],
    "github-token of OAuth": "gh" + "o_" + MIXED[:36],
    "github-token of a server": "gh" + "s_" + MIXED[:36],
    "github-token, fine-grained": "github" + "_pat_" + MIXED[:22] + "_" + MIXED,
    "gitlab-token": "gl" + "pat-" + MIXED[:20],
    "slack-token": "xo" + "xb-" + "2345678901-2345678901-" + MIXED[:24],
    "stripe-key": "sk" + "_live_" + MIXED[:24],
    "stripe-key, restricted": "rk" + "_live_" + MIXED[:24],
    "groq-key": "gs" + "k_" + MIXED,
    "xai-key": "xa" + "i-" + MIXED,
    "perplexity-key": "pp" + "lx-" + MIXED,
    "replicate-token": "r" + "8_" + MIXED[:37],
    "tavily-key": "tv" + "ly-" + MIXED[:32],
    "npm-token": "np" + "m_" + MIXED[:36],
    "pypi-token": "py" + "pi-AgEI" + MIXED,
    "google-refresh-token": "1/" + "/0e" + MIXED,
    "aws-session-token": "IQoJ" + "b3JpZ2luX2Vj" + MIXED * 3,
    "aws-bedrock-key": "AB" + "SK" + MIXED * 2,
    "aws-bedrock-key that ends soon": "bedrock" + "-api-key-" + MIXED * 2,
    "gitlab-token of a runner": "gl" + "rt-" + MIXED[:20],
    "google-client-secret": "GO" + "CSPX-" + MIXED[:28],
    "slack-webhook": "https://hooks" + ".slack.com/services/T2345678/B2345678/" + MIXED[:24],
    "webhook-secret": "wh" + "sec_" + MIXED[:32],
    "cerebras-key": "cs" + "k-" + MIXED,
    "fireworks-key": "f" + "w_" + MIXED[:24],
    "together-key": "tgp" + "_v1_" + MIXED[:43],
    "pinecone-key": "pc" + "sk_" + MIXED,
    "langsmith-key": "ls" + "v2_pt_" + HEX,
    "logfire-token": "pylf" + "_v1_us_" + MIXED[:44],
    "databricks-token": "da" + "pi" + HEX,
    "discord-webhook": "https://discord" + ".com/api/webhooks/123456789012345678/" + MIXED + MIXED[:20],
    "telegram-token": "123456789:" + "AA" + MIXED[:33],
    "wandb-key": "wandb" + "_v1_" + MIXED,
    "jina-key": "ji" + "na_" + MIXED,
    "elevenlabs-key": "sk" + "_" + HEX + HEX[:16],
    "vercel-key": "vc" + "k_" + MIXED,
    "firecrawl-key": "f" + "c-" + HEX,
    "e2b-key": "e2" + "b_" + HEX + HEX[:8],
    "linear-key": "lin" + "_api_" + MIXED[:40],
    "notion-token": "nt" + "n_" + MIXED[:46],
    "figma-token": "fi" + "gd_" + MIXED[:40],
    "atlassian-token": "ATA" + "TT3" + MIXED * 3,
    "vault-token": "hv" + "s." + MIXED,
    "grafana-token": "gl" + "sa_" + MIXED[:32] + "_" + HEX[:8],
    "sentry-token": "sntr" + "yu_" + HEX * 2,
    "newrelic-key": "NR" + "AK-" + MIXED[:27].upper(),
    "posthog-key": "ph" + "x_" + MIXED[:43],
    "supabase-key": "sb" + "p_" + HEX + HEX[:8],
    "shopify-token": "shp" + "at_" + HEX,
    "docker-token": "dckr" + "_pat_" + MIXED[:27],
    "age-secret-key": "AGE-SECRET" + "-KEY-1" + (MIXED + MIXED)[:58].upper(),
    "sendgrid-key": "S" + "G." + MIXED[:22] + "." + MIXED[:43],
    "digitalocean-token": "do" + "p_v1_" + HEX * 2,
    "nvidia-key": "nv" + "api-" + MIXED,
    "cookie": "Set-Cookie: session=" + MIXED[:32],
    "jwt": _jwt(),
    "pem-private-key": "-----BEGIN" + " PRIVATE KEY-----\n" + (MIXED + "\n") * 3 + "-----END" + " PRIVATE KEY-----",
}
