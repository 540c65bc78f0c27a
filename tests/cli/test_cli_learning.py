"""`nshed check --learning`: what it prints, and what it says to those who ask it wrongly."""

import json

RARE = """  inputs {
    tabby: cat_head -> feline weight 9
    panda: white_face -> bear
  }"""


def rarely_seen(model):
    text = model.read_text("utf-8")
    start, end = text.index("  inputs {"), text.index("  init λ")
    model.write_text(f"{text[:start]}{RARE}\n{text[end:]}", "utf-8")


def test_learning_in_words(nshed, model):
    rarely_seen(model)
    ended = nshed("check", "--learning", model)
    assert ended.code == 0
    assert ended.out == (
        "animals, independent, batch 1: network animals\n"
        "\n"
        "feline: 90 % of the presentations\n"
        "  p → 1     tabby\n"
        "            carried by  cat_head → feline  R = 0.0336 a step: doubles in 20.6 steps\n"
        "\n"
        "bear: 10 % of the presentations\n"
        "  p → 1/2   panda: its logit shrinks\n"
        "            carried by  white_face → bear  R = -0.0141 a step: halves in 49.1 steps\n"
        "  would be  learned if shown 4.5678 times as often: 33.7 % of the presentations, not 10 %\n"
        "  or        if `white_face`, `white_face → bear` grew by 1.09468, not 1.02\n"
        "  or        if `white_face`, `white_face → bear` faded by 0.997803, not 0.99\n"
        "\n"
    )
    assert "warning[fades]" in ended.err


def test_learning_as_json(nshed, model):
    rarely_seen(model)
    found = json.loads(nshed("check", "--learning", "--json", f"{model}:animals").out)
    assert [d["code"] for d in found["diagnostics"]] == ["not-learned", "fades"]
    (one,) = found["learning"]
    bear = one["classes"][1]
    assert (bear["class"], bear["verdict"], bear["share"]) == ("bear", "fades", 0.1)
    assert bear["inputs"][0]["path"] == ["white_face", "bear"]
    assert [r["what"] for r in bear["would_be_learned_if"]] == ["weight", "fire", "rest"]


def test_learning_of_what_isn_t_there(nshed, model):
    assert nshed("check", "--learning", f"{model}:animal").code == 2
    assert "did you mean `animals`?" in nshed("check", "--learning", f"{model}:animal").err
    assert nshed("check", "--learning", "-").code == 2
    (model.parent / "spring.nshed").write_text(
        "experiment e {\n  model spring_chain\n  run until: 1, dt: 0.1\n}\n", "utf-8"
    )
    ended = nshed("check", "--learning", "spring.nshed:e")
    assert (ended.code, ended.err) == (2, "nshed: `e` runs a system without a network: there are no classes to learn\n")
    assert nshed("check", "--learning", "spring.nshed").out == ""


def test_a_file_with_errors_is_reported_as_ever(nshed, model):
    model.write_text(model.read_text("utf-8").replace("panda: white_face", "panda: white_fac"), "utf-8")
    ended = nshed("check", "--learning", model)
    assert (ended.code, ended.out) == (1, "")
    assert "did you mean `white_face`" in ended.err
