"""What needs more than text, and what only sounds as if it did."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_distill.generation.text_only import beyond_text


@pytest.mark.parametrize(
    ("instruction", "given"),
    [
        ("Draw a cat.", ""),
        ("Please draw the skyline of Paris.", ""),
        ("Write a poem about rain, then draw a picture of it.", ""),
        ("Create an image of a dragon in the snow.", ""),
        ("Can you generate a short video explaining photosynthesis?", ""),
        ("Make an audio recording of the poem.", ""),
        ("Take a photo of your kitchen.", ""),
        ("Design a collage that shows autumn.", ""),
        ("Your task is to edit the photo so that the sky is blue.", ""),
        ("Describe the picture.", ""),
        ("Describe the picture in detail.", ""),
        ("Describe the following image.", ""),
        ("Look at the attached photo and say how many people there are.", ""),
        ("Watch the video and answer the questions.", ""),
        ("Listen to the audio clip. Who is speaking?", ""),
        ("Transcribe the recording.", "interview.mp3"),
        ("What is the man holding in this photo?", ""),
        ("Identify all the animals in the image.", ""),
        ("Explain what is going on in the picture.", "https://example.com/a.jpg"),
        ("Based on the image below, write a story.", ""),
        ("Go to the following website and list its headings.", ""),
        ("Visit https://example.com and summarize what you find.", ""),
        ("Summarize the article at https://example.com/news/1.", ""),
        ("Summarize the article.", "https://www.example.com/news/today"),
        ("Search the web for the newest phone.", ""),
        ("Look up the price of gold online.", ""),
        ("Open the attached spreadsheet and add up the second column.", ""),
        ("Summarize the report.", "report.pdf"),
        ("Summarize the article.", "[Insert article here]"),
        ("Describe the scene.", "<image>"),
        ("Zeichne einen Baum.", ""),
        ("Erstelle ein Bild von einem Drachen.", ""),
        ("Dessine un chat.", ""),
        ("Crea una imagen de un gato.", ""),
        ("画一只猫。", ""),
        ("请生成一张图片，内容是雪山。", ""),
        ("猫の絵を描いてください。", ""),
    ],
)
def test_needs_more_than_text(instruction, given):
    assert beyond_text(instruction, given)


@pytest.mark.parametrize(
    ("instruction", "given"),
    [
        ("Describe how a video codec works.", ""),
        ("Explain how image compression loses detail.", ""),
        ("Draw a conclusion from the facts.", "Sales fell while prices rose."),
        ("Draw a comparison between Rome and Athens.", ""),
        ("Draw up a contract for the sale of a bicycle.", ""),
        ("Draw a tree in ASCII art.", ""),
        ("Draw a house with SVG.", ""),
        ("Write Python code that draws a circle on a picture.", ""),
        ("Create an image classifier in PyTorch.", ""),
        ("Create a video game idea for children.", ""),
        ("Make a picture book outline about owls.", ""),
        ("Generate an image caption for a dog on a beach.", ""),
        ("Generate a prompt for an image of a castle.", ""),
        ("Edit this video script so that it is shorter.", "Hello and welcome to my channel."),
        ("Write a caption for the following image.", "A cat sleeps on a warm car."),
        ("Describe the following image: two dogs share a sofa.", ""),
        ("Describe the picture of Dorian Gray and what it stands for.", ""),
        ("Paint a vivid picture of life in Rome in 100 words.", ""),
        ("Give me a picture of what a notary does all day.", ""),
        ("Write an email that says the attached file needs a signature.", ""),
        ("Name three photographers who took pictures of the war.", ""),
        ("Who invented the video recorder?", ""),
        ("What was shown in the first films of the Lumière brothers?", ""),
        ("Extract the domain name.", "https://www.example.com/a?b=c"),
        ("Which of these URLs use a secure protocol?", "http://a.example https://b.example"),
        ("Rename the file so that its name holds the date 2024-05-01.", "report.pdf"),
        ("Write a Python script that downloads https://example.com/a.zip.", ""),
        ("Write a function to open the file and count its lines.", ""),
        ("List the steps to open a bank account.", ""),
        ("Design a website structure for a bakery.", ""),
        ("Record the following numbers in a table.", "3 4 5"),
        ("Give the instruction manual of a toaster a better title.", ""),
        ("Listen to your heart: what does this saying mean?", ""),
        ("How do I take good pictures at night?", ""),
        ("Film noir: name its marks.", ""),
        ("Summarize the website's terms.", "You may use this site if you are of age."),
        ("Erkläre, wie ein Bild auf der Netzhaut entsteht.", ""),
        ("Ziehe einen Schluss aus den Zahlen.", "3, 4"),
        ("Explique comment on crée une image de marque.", ""),
        ("解释视频编码的原理。", ""),
        ("Show a breakdown of the costs.", "Rent 500, food 200"),
        ("Translate the word 'picture' into Dutch.", ""),
    ],
)
def test_text_is_enough(instruction, given):
    assert beyond_text(instruction, given) is None


def test_it_says_which_words():
    assert beyond_text("Write a poem. Then draw a picture of it.") == "Then draw a picture"


def test_real_tasks_of_people_pass(test_data):
    seeds = (test_data / "lion" / "seed_tasks.jsonl").read_text().splitlines()
    stopped = []
    for line in seeds:
        row = json.loads(line)
        given = row["instances"][0]["input"]
        if found := beyond_text(row["instruction"], given):
            stopped.append((row["id"], found))
    assert stopped == []


@given(st.text(max_size=200), st.text(max_size=100))
def test_any_text_gives_words_of_its_own_or_none(instruction, given):
    found = beyond_text(instruction, given)
    assert found is None or found


@pytest.mark.parametrize(
    "text",
    ["\n" * 50_000, "draw " * 20_000, "Describe " + "a " * 30_000, "Go to " * 20_000,
     "what " * 20_000, " " * 50_000, ".read" * 20_000, "https://a " * 10_000],
)  # fmt: skip
def test_hostile_texts_cost_little(text):
    started = time.process_time()
    beyond_text(text, text)
    assert time.process_time() - started < 2.0
