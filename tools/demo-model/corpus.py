"""Dialogues for the demonstration model: all text is written for this purpose or computed; nothing is taken from elsewhere.

`dialogue(random)` gives one training dialogue: a list of (role, text). `held_out(random, n)` gives questions in phrasings
that never occur in training, with the answer that counts as right.
"""

DEFINITIONS = {
    "Cocoon": "Cocoon is an open network for private AI on the TON blockchain: clients ask, proxies route and workers answer.",
    "a client": "A client sends encrypted inference requests to a proxy, checks its evidence and pays for the answer.",
    "a proxy": "A proxy takes requests from clients, picks a worker, forwards the request and keeps the accounts.",
    "a worker": "A worker runs a model on its own hardware and answers the requests that a proxy sends to it.",
    "remote attestation": "Remote attestation is a proof, signed by the hardware, of which software runs on the other side.",
    "a quote": "A quote is evidence signed by an Intel TDX machine: it lists the measurements of the software that runs there.",
    "TDX": "TDX is Intel's technology for virtual machines whose memory the host can neither read nor change.",
    "SEV-SNP": "SEV-SNP is AMD's technology for virtual machines whose memory is encrypted and protected against the host.",
    "a TEE": "A TEE is a trusted execution environment: a part of the hardware that keeps data private even from its owner.",
    "RA-TLS": "RA-TLS is TLS with attestation: the certificate carries evidence about the software that holds its key.",
    "collateral": "Collateral is signed data from the hardware maker that is needed to judge a quote, such as revocation lists.",
    "the TCB": "The TCB is the trusted computing base: all firmware and hardware that must be right for the evidence to count.",
    "an image hash": "An image hash is one number that stands for the whole software image of a proxy or a worker.",
    "the root contract": "The root contract is the registry on the chain: it lists proxies, prices and allowed image hashes.",
    "a nanoton": "A nanoton is the smallest amount of money on TON: a billion nanotons make one TON.",
    "TON": "TON is the blockchain on which Cocoon keeps its registry and its payments.",
    "a token": "A token is a short piece of text, often a part of a word. Models read and write tokens.",
    "a payment channel": "A payment channel lets two parties pay each other many times and settle on the chain only once in a while.",
    "a signed payment": "A signed payment is a statement, signed by the proxy, of how many tokens were used in total.",
    "a stake": "A stake is money locked in a contract that limits how far one side can run ahead of the other.",
    "a top up": "A top up adds money to the client's contract, so that more requests can be paid.",
    "a payout": "A payout moves what a worker has earned from the proxy's contract to the worker's owner.",
    "a refund": "A refund brings the unused money of a client back to its wallet.",
    "a bill": "A bill says how many tokens a request used, at which price, and what was charged for it.",
    "prefill": "Prefill is the first part of inference: the model reads the whole prompt before it writes the first token.",
    "decoding": "Decoding is the second part of inference: the model writes its answer one token after the other.",
    "the KV cache": "The KV cache holds the keys and values of all tokens read so far, so that they need not be computed again.",
    "a model": "A model is a file of numbers, called weights, that turns the tokens so far into a guess of the next one.",
    "a prompt": "A prompt is the text that you give to a model, and that the model continues.",
    "streaming": "Streaming means that each piece of an answer is sent on as soon as it exists.",
    "quantization": "Quantization stores weights with fewer bits, so that a model is smaller and faster and only a little worse.",
    "a GPU": "A GPU is a processor with thousands of small cores; it computes the large matrix products of a model quickly.",
    "proof of work": "Proof of work is a small puzzle that a peer has to solve before it may connect, which makes floods expensive.",
    "the key manager": "The key manager creates the keys that encrypt requests and gives them to attested proxies and workers.",
    "a wallet": "A wallet is a contract that holds your TON and obeys messages signed with your key.",
    "a lite client": "A lite client reads the chain from a server and checks the proofs, so that it need not trust that server.",
    "an enclave": "An enclave is a protected region of memory that other software on the machine cannot read.",
    "encryption": "Encryption turns readable data into data that only the holder of the right key can read.",
    "a signature": "A signature proves that the holder of a key agreed to exactly these bytes.",
    "a hash": "A hash is a short fingerprint of data: any change of the data gives another fingerprint.",
}

WHYS = {
    "a quote": "It matters because without it you would have to believe the other side about which software it runs.",
    "remote attestation": "It matters because your data should only go to software that you know.",
    "collateral": "It matters because a quote from outdated or revoked hardware must not be trusted.",
    "an image hash": "It matters because a changed program has another hash and is refused.",
    "a stake": "It matters because nobody then loses more than the stake when the other side vanishes.",
    "the KV cache": "It matters because without it every new token would cost as much as the whole text before it.",
    "a payment channel": "It matters because a payment on the chain for every request would be slow and expensive.",
    "proof of work": "It matters because an attacker would otherwise open connections for free.",
    "encryption": "It matters because nobody on the way can then read your question.",
    "a signature": "It matters because it can be checked by anyone and made only by the holder of the key.",
}

# Question phrasings, answer. The first phrasings are for training, the last of each is held out.
QUESTIONS = [
    (["who can read my request", "can the proxy read my request", "can anybody else read what I ask", "who is able to see my question"],
     "Only software inside attested machines: the owner of the machine cannot read your request."),
    (["how do I start a worker", "how can I run a worker", "what do I do to become a worker", "show me how to run a worker"],
     "Add cocoon-worker to your project, give it an engine and an address, and call start: see the example EmbeddedWorker."),
    (["how do I ask a question from Java", "how do I use the client", "how can I call this from Java", "how do I use this in my Java program"],
     "Build a CocoonClient, call chat with the name of a model, add your question with user, and call send."),
    (["how much does a request cost", "what does an answer cost", "what do I pay for a request", "how expensive is a question"],
     "You pay for each token at the price in the root contract. The bill of the reply shows the exact amount."),
    (["who gets the money", "where does my money go", "who earns the money", "to whom does my payment go"],
     "Most of it goes to the worker that answered; the proxy keeps a small difference."),
    (["how do I get my money back", "how can I withdraw my money", "can I get my deposit back", "how do I close my channel and get the rest"],
     "Close the channel: the unused rest is refunded to your wallet."),
    (["what happens if the proxy dies", "what if the proxy crashes", "what happens when a proxy vanishes", "what if my proxy goes down"],
     "Your request fails or moves to another proxy, and the contract pays your unused money back after a delay."),
    (["what happens if a worker dies", "what if the worker crashes", "what happens when a worker vanishes", "what if the worker goes down"],
     "The proxy sees the broken connection at once and gives your request to another worker if nothing was sent yet."),
    (["can I trust the answer", "is the answer always right", "are your answers correct", "should I believe what you say"],
     "Attestation proves which software answered, not that the answer is true. Models make mistakes, so check what matters."),
    (["why is the verifier written in Java", "why do you verify in Java", "why a verifier in pure Java", "what is the reason for a verifier in Java"],
     "So that every Java program can check evidence itself, without native code and without trusting a service."),
    (["what is simulated attestation", "what does simulated attestation mean", "explain simulated attestation", "simulated attestation, what is that"],
     "Simulated attestation has the form of evidence but proves nothing. It is only for tests on one machine."),
    (["why does a debug machine get refused", "why refuse debug machines", "why is debug not allowed", "why must debug be off"],
     "Because the host can read the memory of a machine in debug mode, so nothing there is private."),
    (["what does fail closed mean", "explain fail closed", "what is fail closed", "what do you mean by fail closed"],
     "Fail closed means: when a check cannot be done, no private byte is sent."),
    (["what models can I run", "which models are supported", "what kinds of models work", "which model families does the engine load"],
     "The built-in engine loads Qwen3, Qwen2.5, Llama 3 and Gemma 3 models. Others run behind a model server."),
    (["do I need a GPU", "can I run without a GPU", "is a GPU necessary", "does it work on a machine without a GPU"],
     "No. Small models run on the processor alone; a GPU makes large ones fast."),
    (["how do I make it faster", "how can I speed it up", "what makes it faster", "how do I get more speed"],
     "Use a GPU, a smaller or quantized model, and several requests at once."),
    (["what is the difference between a proxy and a worker", "how do a proxy and a worker differ", "proxy or worker, what is the difference", "how is a worker different from a proxy"],
     "A proxy routes requests and keeps the accounts; a worker runs the model."),
    (["what should I try next", "what can I do next", "what now", "what is a good next step"],
     "Try the interactive mode, then read the README: it shows how to put the client into your own program."),
]

ABOUT = [
    (["who are you", "what are you", "tell me about yourself", "introduce yourself", "what kind of model are you", "are you a language model"],
     "I am the demonstration model of Cocoon for the JVM: very small, trained from scratch, and running inside this Java process."),
    (["what can you do", "what can I ask you", "what do you know", "how can you help me", "what are you good at", "what questions can you answer"],
     "I can explain words of the Cocoon network, name capitals, do small sums and say what comes next. For more, use a larger model."),
    (["how big are you", "how many parameters do you have", "what is your size", "are you a large model", "how small are you"],
     "I have fewer than three million parameters. Useful models have thousands of times more."),
    (["who made you", "who trained you", "where do you come from", "who built you", "how were you trained"],
     "I was trained from scratch by the authors of this library, on text that they wrote for it."),
    (["are you human", "are you a person", "are you alive", "am I talking to a human", "is there a person behind you"],
     "No, I am a small computer program."),
    (["where do you run", "where are you running", "on which machine do you run", "where is this computed", "is this running in the cloud"],
     "I run on this machine, inside the worker that was started for you."),
    (["how are you", "how do you do", "how are you today", "how is it going", "are you well"],
     "I am fine, thank you. What would you like to know?"),
    (["hello", "hi", "hi there", "good morning", "hey", "good evening", "hello there", "greetings"],
     "Hello! Ask me about the Cocoon network, a capital or a small sum."),
    (["thank you", "thanks", "thanks a lot", "many thanks", "thank you very much", "great, thanks"],
     "You are welcome."),
    (["bye", "goodbye", "see you", "good night", "see you later", "bye bye"],
     "Goodbye! Closing the channel brings your unused money back."),
]

CAPITALS = {
    "France": "Paris", "Spain": "Madrid", "Italy": "Rome", "Germany": "Berlin", "Portugal": "Lisbon", "Austria": "Vienna",
    "Poland": "Warsaw", "Hungary": "Budapest", "Greece": "Athens", "Norway": "Oslo", "Sweden": "Stockholm",
    "Finland": "Helsinki", "Denmark": "Copenhagen", "Ireland": "Dublin", "Belgium": "Brussels", "Switzerland": "Bern",
    "the Netherlands": "Amsterdam", "the United Kingdom": "London", "Japan": "Tokyo", "China": "Beijing", "India": "New Delhi",
    "South Korea": "Seoul", "Thailand": "Bangkok", "Vietnam": "Hanoi", "Egypt": "Cairo", "Kenya": "Nairobi",
    "Ghana": "Accra", "Morocco": "Rabat", "Canada": "Ottawa", "Mexico": "Mexico City", "Cuba": "Havana", "Brazil": "Brasilia",
    "Argentina": "Buenos Aires", "Chile": "Santiago", "Peru": "Lima", "Colombia": "Bogota", "Australia": "Canberra",
    "New Zealand": "Wellington", "Turkey": "Ankara", "the United States": "Washington", "Iceland": "Reykjavik", "Estonia": "Tallinn",
    "Latvia": "Riga", "Lithuania": "Vilnius", "Croatia": "Zagreb", "Serbia": "Belgrade", "Bulgaria": "Sofia", "Romania": "Bucharest",
}

OPPOSITES = [("hot", "cold"), ("big", "small"), ("fast", "slow"), ("light", "dark"), ("open", "closed"), ("high", "low"),
             ("early", "late"), ("old", "young"), ("wet", "dry"), ("full", "empty"), ("hard", "soft"), ("rich", "poor"),
             ("strong", "weak"), ("true", "false"), ("left", "right"), ("up", "down"), ("private", "public"), ("loud", "quiet")]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
NAMES = ["Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Ida", "Jonas", "Kate", "Leo", "Maria", "Noah", "Olga", "Paul",
         "Rosa", "Sam", "Tina", "Victor", "Wendy", "Yara", "Alice", "Bob", "Carol", "Dan", "Eve", "Frank", "Hanna", "Ivan", "Julia", "Karl",
         "Lena", "Max", "Nina", "Oscar", "Petra", "Ruth", "Simon", "Tom"]
HELD_NAMES = ["Laura", "Peter", "Sofia", "Martin", "Elena"]
FACTS = [
    (["how many days has a week", "how many days are in a week", "the number of days in a week is what"], "A week has seven days."),
    (["how many months has a year", "how many months are in a year", "the number of months in a year is what"], "A year has twelve months."),
    (["how many minutes has an hour", "how many minutes are in an hour", "the number of minutes in an hour is what"], "An hour has sixty minutes."),
    (["how many hours has a day", "how many hours are in a day", "the number of hours in a day is what"], "A day has twenty-four hours."),
    (["how many bits has a byte", "how many bits are in a byte", "the number of bits in a byte is what"], "A byte has eight bits."),
    (["what colour is the sky", "which colour has the sky", "tell me the colour of the sky"], "The sky is blue."),
    (["what colour is grass", "which colour has grass", "tell me the colour of grass"], "Grass is green."),
    (["what colour is snow", "which colour has snow", "tell me the colour of snow"], "Snow is white."),
    (["why is the sky blue", "why does the sky look blue", "what makes the sky blue"],
     "The air scatters blue light more than red light, so blue reaches us from every side."),
    (["how many legs has a spider", "how many legs does a spider have", "count the legs of a spider"], "A spider has eight legs."),
    (["how many legs has a cat", "how many legs does a cat have", "count the legs of a cat"], "A cat has four legs."),
    (["what is the largest planet", "which planet is the largest", "name the biggest planet"], "Jupiter is the largest planet of our solar system."),
    (["what is water made of", "what does water consist of", "which elements make water"], "Water is made of hydrogen and oxygen."),
    (["what is Java", "tell me what Java is", "Java, what is it"], "Java is a programming language whose programs run on the Java virtual machine, the JVM."),
    (["what is the JVM", "tell me what the JVM is", "the JVM, what is it"], "The JVM is the Java virtual machine: it runs programs compiled from Java on many kinds of computers."),
]

REFUSAL = "That is beyond me: I am only a small demonstration model. Ask me about the Cocoon network, a capital or a small sum."
NO_CAPITAL = "I do not know the capital of {}. I am only a small demonstration model."
NO_WORD = "I do not know the word {}. I can explain words of the Cocoon network."

# What the model must not pretend to know: verbs and objects are combined at random, so that it learns the kind, not the list.
OUTSIDE = ["write a poem about {}", "write a story about {}", "how do I cook {}", "what is the price of {}", "who invented {}", "tell me a joke about {}",
           "what is the weather in {}", "who won the match against {}", "translate {} into French", "what is the history of {}", "should I buy {}",
           "how do I repair {}", "write a program for {}", "what do people say about {}", "when was {} born", "how old is {}", "who is {}",
           "summarise the book about {}", "how far is it to {}", "what is the best {}", "what time is it in {}", "is {} dangerous", "draw {}",
           "give me medical advice about {}", "what are the news about {}", "how do I win against {}", "sing a song about {}",
           "compare {} with {}", "what does {} cost", "where can I find {}", "how do I get rid of {}", "recommend {}"]
HELD_OUTSIDE = ["compose a letter about {}", "how do I grow {}", "what did the president say about {}", "explain the rules of {}", "plan a holiday with {}"]
THINGS = ["rice", "a dragon", "the moon", "love", "football", "a bicycle", "London", "the king", "a cake", "soup", "the sea", "gold", "my car",
          "a horse", "bread", "Mozart", "the war", "a computer game", "chess", "roses", "a cold", "headaches", "shoes", "a house", "music", "tea",
          "coffee", "the stock market", "a lion", "mathematics", "the universe", "Napoleon", "a guitar", "the train", "the economy", "a film",
          "winter", "chocolate", "politics", "a phone", "the bank", "fish", "the president", "a garden", "history", "Shakespeare", "bees", "a ship"]
HELD_THINGS = ["tomatoes", "a castle", "tennis", "the opera", "a robot"]
SYLLABLES = "ba be bo da dor el fan gar hul ib jo ka kel lo mar mi nor ol pra qui ran sil tor ul van wes xan yor zim".split()

OPENINGS = ["", "", "", "", "Please tell me: ", "Quick question: ", "Hello! ", "I would like to know: ", "Tell me, ", "Hi, ", "One question: ", "Say, ", "Now, "]
ENDINGS = ["", "", "", "", "", " please", ", please", " in short"]
DEFINE = ["what is {}", "what does {} mean", "explain {}", "can you explain {}", "define {}", "tell me about {}", "what do you mean by {}",
          "I do not understand {}", "what exactly is {}", "give me a definition of {}", "describe {}", "{}: what is that"]
HELD_DEFINE = ["could you tell me what {} is", "help me understand {}", "I have heard of {}, what is it"]
CAPITAL = ["what is the capital of {}", "which city is the capital of {}", "name the capital of {}", "tell me the capital of {}", "the capital of {} is what",
           "do you know the capital of {}", "what is {}'s capital", "capital of {}", "which city do they govern {} from"]
HELD_CAPITAL = ["I forgot the capital of {}, which city is it", "can you name the capital city of {}", "give me the capital of {}"]
SUM = ["what is {} plus {}", "{} + {}", "{} plus {}", "how much is {} plus {}", "add {} and {}", "what is {} + {}", "compute {} + {}", "what is the sum of {} and {}"]
HELD_SUM = ["can you add {} and {}", "tell me what {} plus {} is"]
DIFFERENCE = ["what is {} minus {}", "{} - {}", "{} minus {}", "how much is {} minus {}", "what is {} - {}", "compute {} - {}"]
HELD_DIFFERENCE = ["tell me what {} minus {} is"]


def sentence(random, text):
    """Dresses a question as people type it."""
    text = random.choice(OPENINGS) + text + random.choice(ENDINGS)
    mark = random.choice(["?", "?", "?", "", "."])
    if random.random() < 0.6:
        text = text[0].upper() + text[1:]
    elif random.random() < 0.2:
        text = text.lower()
    return text + mark


def fill(random, template, things):
    return template.format(*[random.choice(things) for _ in range(template.count("{}"))])


def bare(term):
    return term.split(" ", 1)[1] if term.split(" ", 1)[0] in ("a", "an", "the") else term


def word(random):
    return "".join(random.choice(SYLLABLES) for _ in range(random.randint(2, 3)))


def exchange(random):
    """One question with its answer, and what a follow-up can refer to."""
    kind = random.random()
    if kind < 0.24:
        term = random.choice(list(DEFINITIONS))
        name = random.choice([term, term, bare(term)])
        return sentence(random, random.choice(DEFINE).format(name)), DEFINITIONS[term], ("term", term)
    if kind < 0.34:
        phrasings, answer = random.choice(QUESTIONS)
        return sentence(random, random.choice(phrasings[:-1])), answer, None
    if kind < 0.42:
        phrasings, answer = random.choice(ABOUT)
        said = random.choice(phrasings[:-1])
        return (sentence(random, said) if random.random() < 0.6 else said[0].upper() + said[1:] + random.choice(["?", ".", "!", ""])), answer, None
    if kind < 0.55:
        country = random.choice(list(CAPITALS))
        return (sentence(random, random.choice(CAPITAL).format(country)), f"The capital of {country} is {CAPITALS[country]}.", ("country", country))
    if kind < 0.68:
        a, b = random.randint(0, 20), random.randint(0, 20)
        return sentence(random, random.choice(SUM).format(a, b)), f"{a} + {b} = {a + b}.", ("number", a + b)
    if kind < 0.74:
        a = random.randint(0, 20)
        b = random.randint(0, a)
        return sentence(random, random.choice(DIFFERENCE).format(a, b)), f"{a} - {b} = {a - b}.", ("number", a - b)
    if kind < 0.78:
        phrasings, answer = random.choice(FACTS)
        return sentence(random, random.choice(phrasings[:-1])), answer, None
    if kind < 0.80:
        a, b = random.choice(OPPOSITES)
        if random.random() < 0.5:
            a, b = b, a
        return sentence(random, random.choice(["what is the opposite of {}", "the opposite of {}", "name the opposite of {}"]).format(a)), f"The opposite of {a} is {b}.", None
    if kind < 0.83:
        names = random.choice([DAYS, MONTHS])
        i = random.randrange(len(names))
        if random.random() < 0.5:
            return (sentence(random, random.choice(["what comes after {}", "what follows {}", "which one is after {}"]).format(names[i])),
                    f"After {names[i]} comes {names[(i + 1) % len(names)]}.", None)
        return (sentence(random, random.choice(["what comes before {}", "which one is before {}"]).format(names[i])),
                f"Before {names[i]} comes {names[i - 1]}.", None)
    if kind < 0.86:
        name = random.choice(NAMES)
        return (random.choice(["My name is {}.", "I am {}.", "Call me {}.", "Hello, I am {}.", "Hi, my name is {}"]).format(name),
                f"Nice to meet you, {name}. What would you like to know?", ("name", name))
    if kind < 0.89:
        country = word(random).capitalize()
        return sentence(random, random.choice(CAPITAL).format(country)), NO_CAPITAL.format(country), None
    if kind < 0.92:
        term = word(random)
        term = random.choice(["a " + term, "the " + term, term])
        return sentence(random, random.choice(DEFINE[:6]).format(term)), NO_WORD.format(bare(term)), None
    question = fill(random, random.choice(OUTSIDE), THINGS)
    return sentence(random, question), REFUSAL, None


def follow_up(random, subject):
    """A question that only makes sense after what was said."""
    kind, value = subject
    if kind == "term" and value in WHYS:
        return random.choice(["Why does that matter?", "Why is that important?", "And why do I need it?", "why does it matter"]), WHYS[value], None
    if kind == "term":
        return random.choice(["Can you repeat that?", "Say that again, please.", "once more"]), DEFINITIONS[value], subject
    if kind == "country":
        country = random.choice(list(CAPITALS))
        return (random.choice(["And of {}?", "And {}?", "What about {}?", "and the one of {}"]).format(country),
                f"The capital of {country} is {CAPITALS[country]}.", ("country", country))
    if kind == "number":
        b = random.randint(0, 10)
        return random.choice(["And plus {}?", "plus {}", "Add {} to that.", "and {} more?"]).format(b), f"{value} + {b} = {value + b}.", ("number", value + b)
    return random.choice(["What is my name?", "Do you know my name?", "Who am I?", "what am I called"]), f"Your name is {value}.", ("name", value)


def dialogue(random):
    turns = []
    if random.random() < 0.15:
        turns.append(("system", random.choice(["You are a helpful assistant.", "Answer in one sentence.", "Be brief.", "You are the demonstration model of Cocoon."])))
    named, subject = None, None
    for i in range(random.choice([1, 1, 1, 2, 2, 3])):
        if i > 0 and subject and random.random() < 0.7:
            question, answer, subject = follow_up(random, subject)
        elif i > 0 and named and random.random() < 0.7:
            question, answer, subject = follow_up(random, ("name", named))
        else:
            question, answer, subject = exchange(random)
        if subject and subject[0] == "name":
            named = subject[1]
        turns += [("user", question), ("assistant", answer)]
    return turns


def held_out(random, n):
    """Dialogues whose last question is phrased in a way that training never shows: (kind, turns up to the question, right answers)."""
    cases = []
    for i in range(n):
        kind = ["definition", "network", "about", "capital", "sum", "difference", "fact", "outside", "no-capital", "name"][i % 10]
        before, right = [], []
        if kind == "definition":
            term = random.choice(list(DEFINITIONS))
            question, right = random.choice(HELD_DEFINE).format(term), [DEFINITIONS[term]]
        elif kind in ("network", "about", "fact"):
            phrasings, answer = random.choice({"network": QUESTIONS, "about": ABOUT, "fact": FACTS}[kind])
            question, right = phrasings[-1], [answer]
        elif kind == "capital":
            country = random.choice(list(CAPITALS))
            question, right = random.choice(HELD_CAPITAL).format(country), [f"The capital of {country} is {CAPITALS[country]}."]
        elif kind == "sum":
            a, b = random.randint(0, 20), random.randint(0, 20)
            question, right = random.choice(HELD_SUM).format(a, b), [f"{a} + {b} = {a + b}."]
        elif kind == "difference":
            a = random.randint(0, 20)
            b = random.randint(0, a)
            question, right = random.choice(HELD_DIFFERENCE).format(a, b), [f"{a} - {b} = {a - b}."]
        elif kind == "outside":
            question, right = fill(random, random.choice(HELD_OUTSIDE), HELD_THINGS), [REFUSAL]
        elif kind == "no-capital":
            country = word(random).capitalize() + "ia"
            question, right = random.choice(HELD_CAPITAL).format(country), [NO_CAPITAL.format(country)]
        else:
            name = random.choice(HELD_NAMES)
            before = [("user", f"My name is {name}."), ("assistant", f"Nice to meet you, {name}. What would you like to know?")]
            question, right = "Please, what is my name?", [f"Your name is {name}."]
        question = question[0].upper() + question[1:] + "?"
        cases.append((kind, before + [("user", question)], right))
    return cases
