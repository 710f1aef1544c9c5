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
    "evidence": "Evidence is what a machine shows to prove its software: a quote or a report, with the certificates that it needs.",
    "a policy": "A policy is the list of what a peer has to prove before anything private is sent to it.",
    "a verdict": "A verdict is the result of a verification: trusted or not, with every check, what was seen and what was wanted.",
    "an RTMR": "An RTMR is a register of a TDX machine that is extended with a hash of each piece of software as it starts.",
    "a certificate": "A certificate binds a public key to a statement; in RA-TLS that statement is the evidence of the machine.",
    "a nonce": "A nonce is a number that is used once, so that an old message cannot be sent again as if it were new.",
    "a public key": "A public key can be given to anyone: with it they check your signatures or encrypt something for you.",
    "a private key": "A private key is the secret half of a pair of keys: whoever holds it can sign and spend.",
    "the seqno": "The seqno is the number of a block or of a wallet's next message: it only ever grows.",
    "a block": "A block is a page of the chain: the transactions of a few seconds, sealed and linked to the page before.",
    "a blockchain": "A blockchain is a record that many machines keep together, so that no single one of them can change it.",
    "a smart contract": "A smart contract is a program on the chain that holds money and obeys only its own rules.",
    "a transaction": "A transaction is what happens on the chain when a contract receives a message.",
    "a deposit": "A deposit is money that a client puts into its contract before it asks, so that answers can be paid.",
    "a spending limit": "A spending limit is the most that your client may spend in a given time; it refuses what could go above.",
    "a receipt": "A receipt is kept for each paid request: hashes of question and answer, the price, and who signed what.",
    "the exit plan": "The exit plan says how your money comes back, step by step, before you put it in.",
    "a deadline": "A deadline is the time after which a request is given up, so that nothing waits for ever.",
    "a retry": "A retry sends a request again, and only while nothing was charged for the first try.",
    "cancellation": "Cancellation stops the worker within one step; you pay only for what was computed until then.",
    "a batch": "A batch is a group of requests that are computed together, so that the weights are read only once for all.",
    "continuous batching": "Continuous batching lets a request join or leave the running batch at any step.",
    "the prefix cache": "The prefix cache keeps the work done for the start of a prompt and reuses it when the same start comes again.",
    "a tokenizer": "A tokenizer cuts text into tokens and puts tokens together to text again.",
    "a chat template": "A chat template turns the messages of a dialogue into the one text that the model reads.",
    "the temperature": "The temperature says how freely the next token is chosen: at zero always the most likely one.",
    "the context length": "The context length is how many tokens a model can look at: prompt and answer together.",
    "a parameter": "A parameter is one of the numbers in a model that were found by training.",
    "training": "Training changes the weights of a model a little at a time, until it guesses the next token well.",
    "inference": "Inference is the use of a trained model: it reads a prompt and writes an answer.",
    "attention": "Attention is the part of a model that decides which earlier tokens matter for the next one.",
    "a transformer": "A transformer is a kind of model made of layers of attention and of small neural networks.",
    "an embedding": "An embedding is the list of numbers that stands for a token inside a model.",
    "a logit": "A logit is the score that a model gives to one possible next token.",
    "GGUF": "GGUF is a file format that holds a whole model: weights, tokenizer and settings in one file.",
    "safetensors": "Safetensors is a simple and safe file format for the weights of a model.",
    "CUDA": "CUDA is NVIDIA's way to run programs on its GPUs.",
    "a kernel": "A kernel is a small program that runs on the many cores of a GPU at once.",
    "latency": "Latency is the time from a question to the first piece of its answer.",
    "throughput": "Throughput is how many tokens all requests together get in a second.",
    "memory bandwidth": "Memory bandwidth is how fast memory can be read; it limits how fast a model writes.",
    "a tool call": "A tool call is an answer that asks your program to run a function and to send back the result.",
    "JSON": "JSON is a simple text format for data that programs exchange.",
    "an API": "An API is the set of calls that one program offers to others.",
    "open source": "Open source means that everyone may read the program, change it and pass it on.",
    "confidential computing": "Confidential computing keeps data encrypted even while it is used, so that the owner of the machine cannot see it.",
    "TLS": "TLS is the protocol that encrypts most connections on the Internet.",
    "a firewall": "A firewall decides which connections may enter or leave a machine.",
    "a router": "A router, in Cocoon, is a helper process that makes the attested connection for a program beside it.",
    "the doctor": "The doctor is a command that checks everything before money moves, and names the fix for each problem.",
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
    "evidence": "It matters because a claim without evidence could come from anyone.",
    "a policy": "It matters because you decide what is good enough, and not the other side.",
    "a nonce": "It matters because an attacker could otherwise show you yesterday's evidence.",
    "a private key": "It matters because whoever has a copy can take your money.",
    "a deposit": "It matters because a worker is paid even when a client vanishes.",
    "a spending limit": "It matters because a mistake in your program then costs little.",
    "a receipt": "It matters because you can prove later what was asked, answered and paid.",
    "the exit plan": "It matters because money should never go in before you know the way out.",
    "a deadline": "It matters because a program that waits for ever helps nobody.",
    "cancellation": "It matters because you do not pay for words that nobody reads.",
    "a batch": "It matters because reading the weights is what takes most of the time.",
    "the prefix cache": "It matters because a long common start is then read only once.",
    "confidential computing": "It matters because you can use a machine without trusting its owner.",
    "quantization": "It matters because a smaller model needs less memory and is read faster.",
    "streaming": "It matters because you can read the first words while the rest is still written.",
    "the TCB": "It matters because old firmware has known holes.",
    "a smart contract": "It matters because nobody has to be trusted with the money: the rules hold it.",
    "memory bandwidth": "It matters because every new token needs all the weights once.",
}

# Question phrasings, answer. The first phrasings are for training, the last of each is held out.
QUESTIONS = [
    (["who can read my request", "can the proxy read my request", "can anybody else read what I ask", "who can see what I ask", "who reads my questions", "does anybody see my question", "can somebody spy on my request", "is anyone able to read what I send", "who is able to see my question"],
     "Only software inside attested machines: the owner of the machine cannot read your request."),
    (["how do I start a worker", "how can I run a worker", "what do I do to become a worker", "how do I become a worker", "how do I run a worker", "what must I do to run a worker", "tell me how to start a worker", "show me how to run a worker"],
     "Add cocoon-worker to your project, give it an engine and an address, and call start: see the example EmbeddedWorker."),
    (["how do I ask a question from Java", "how do I use the client", "how can I call this from Java", "how do I call it from Java", "how does a Java program ask", "how do I write a client in Java", "how do I use this from my program", "how do I use this in my Java program"],
     "Build a CocoonClient, call chat with the name of a model, add your question with user, and call send."),
    (["how much does a request cost", "what does an answer cost", "what do I pay for a request", "what is the price of a request", "what does a question cost", "how much do I pay", "what does it cost", "is it expensive to ask", "how expensive is a question"],
     "You pay for each token at the price in the root contract. The bill of the reply shows the exact amount."),
    (["who gets the money", "where does my money go", "who earns the money", "who is paid for the answer", "who receives my money", "where do my payments go", "who earns from my request", "to whom does my payment go"],
     "Most of it goes to the worker that answered; the proxy keeps a small difference."),
    (["how do I get my money back", "how can I withdraw my money", "can I get my deposit back", "how do I get a refund", "how do I take my money out", "how do I get the rest of my money", "how do I close the channel", "how do I close my channel and get the rest"],
     "Close the channel: the unused rest is refunded to your wallet."),
    (["what happens if the proxy dies", "what if the proxy crashes", "what happens when a proxy vanishes", "what if the proxy disappears", "what happens when the proxy crashes", "the proxy is gone, what now", "what if a proxy stops", "what if my proxy goes down"],
     "Your request fails or moves to another proxy, and the contract pays your unused money back after a delay."),
    (["what happens if a worker dies", "what if the worker crashes", "what happens when a worker vanishes", "what if a worker disappears", "what happens when the worker crashes", "the worker is gone, what now", "what if a worker stops", "what if the worker goes down"],
     "The proxy sees the broken connection at once and gives your request to another worker if nothing was sent yet."),
    (["can I trust the answer", "is the answer always right", "are your answers correct", "are the answers right", "do you make mistakes", "can an answer be wrong", "are you always right", "should I believe what you say"],
     "Attestation proves which software answered, not that the answer is true. Models make mistakes, so check what matters."),
    (["why is the verifier written in Java", "why do you verify in Java", "why a verifier in pure Java", "why is verification in Java", "why not use native code to verify", "why is the check of evidence in Java", "what is the reason for a verifier in Java"],
     "So that every Java program can check evidence itself, without native code and without trusting a service."),
    (["what is simulated attestation", "what does simulated attestation mean", "explain simulated attestation", "why does it say simulated", "what does simulated mean", "what is a simulated quote", "simulated attestation, what is that"],
     "Simulated attestation has the form of evidence but proves nothing. It is only for tests on one machine."),
    (["why does a debug machine get refused", "why refuse debug machines", "why is debug not allowed", "why is a debug machine refused", "what is wrong with debug machines", "why are debug machines not trusted", "why must debug be off"],
     "Because the host can read the memory of a machine in debug mode, so nothing there is private."),
    (["what does fail closed mean", "explain fail closed", "what is fail closed", "what does it mean to fail closed", "fail closed, what is that", "define fail closed", "what do you mean by fail closed"],
     "Fail closed means: when a check cannot be done, no private byte is sent."),
    (["what models can I run", "which models are supported", "what kinds of models work", "which models can I use", "what models are there", "which models can the engine run", "what models does it support", "which model families does the engine load"],
     "The built-in engine loads Qwen3, Qwen2.5, Llama 3 and Gemma 3 models. Others run behind a model server."),
    (["do I need a GPU", "can I run without a GPU", "is a GPU necessary", "is a GPU needed", "must I have a GPU", "does it need a GPU", "can I use it without a GPU", "does it work on a machine without a GPU"],
     "No. Small models run on the processor alone; a GPU makes large ones fast."),
    (["how do I make it faster", "how can I speed it up", "what makes it faster", "how can I make you faster", "why is it slow", "how does it get faster", "what would make it quicker", "how do I get more speed"],
     "Use a GPU, a smaller or quantized model, and several requests at once."),
    (["what is the difference between a proxy and a worker", "how do a proxy and a worker differ", "proxy or worker, what is the difference", "what distinguishes a proxy from a worker", "proxy and worker, what is the difference", "is a proxy the same as a worker", "how is a worker different from a proxy"],
     "A proxy routes requests and keeps the accounts; a worker runs the model."),
    (["what should I try next", "what can I do next", "what now", "what should I do next", "what do I do now", "where do I go from here", "what comes next for me", "any idea what to try", "what is a good next step"],
     "Try the interactive mode, then read the README: it shows how to put the client into your own program."),
    (["is my data safe", "is my question safe", "is it safe to ask private things", "can I send private data", "is this private", "will my data stay private"],
     "It goes only to software whose evidence was checked first. In this demonstration the evidence is simulated and proves nothing."),
    (["is this real attestation", "is the attestation here real", "is this demonstration attested", "does this run in a TEE", "is anything attested here"],
     "No. In this demonstration the evidence is simulated and proves nothing; on the main network it comes from the hardware."),
    (["is this real money", "do I pay real money here", "does this cost me anything", "did I just spend real money", "is the money here real"],
     "No. This demonstration runs on a chain of its own, with money of its own."),
    (["how does Cocoon work", "how does the network work", "explain how Cocoon works", "what happens when I ask a question", "what are the steps of a request"],
     "Your client checks a proxy's evidence and sends it an encrypted request; the proxy picks a worker, which answers and is paid."),
    (["how is the worker chosen", "how does the proxy pick a worker", "who chooses the worker", "which worker gets my request", "how is a worker selected"],
     "The proxy picks two workers at random and takes the better one by load, speed, success and price."),
    (["how do I earn money", "how can I earn TON with my GPU", "can I make money with my GPU", "what can I earn as a worker", "how does a worker earn"],
     "Run a worker: it earns for each token, and the proxy's contract pays it out. The command worker estimate says how much."),
    (["how do I verify a proxy", "how can I check a proxy", "how do I check evidence myself", "how is a proxy verified", "how can I verify a quote"],
     "Run the command verify with the address of the proxy: it makes every check and says what was seen and what was wanted."),
    (["what do I need to start", "what do I need to install", "what are the requirements", "which Java version do I need", "what software do I need"],
     "A JDK of version 17 or later and Maven. Nothing else has to be installed."),
    (["how do I add it to my project", "how do I add the dependency", "which dependency do I need", "what do I put into my pom", "how do I install the library"],
     "Add the dependency io.cocoon:cocoon-client to your Maven project."),
    (["can I use the OpenAI SDK", "does it work with OpenAI's SDK", "can I keep my OpenAI code", "does my OpenAI client work with it", "is there an OpenAI API"],
     "Yes. Start the local port and give its address to the SDK, or put our interceptor into its HTTP client."),
    (["can I use LangChain4j", "does it work with LangChain4j", "is there LangChain4j support", "how do I use it with LangChain4j"],
     "Yes. Add cocoon-langchain4j: it offers a chat model and a streaming chat model."),
    (["can I use Spring Boot", "does it work with Spring", "is there a Spring Boot starter", "how do I use it with Spring Boot"],
     "Yes. Add cocoon-spring-boot-starter and set the properties: the client is then configured for you."),
    (["where are my keys stored", "where is my key kept", "who holds my key", "do you store my keys"],
     "Your key stays on your machine. No key is sent anywhere, and none is written to a log."),
    (["what if I lose my folder", "what happens when the state folder is lost", "what if my disk breaks", "I lost the folder of my channel, what now"],
     "ChannelRecovery finds your contracts from the key alone and takes the money back."),
    (["what if I lose my key", "what happens when my key is lost", "can I recover a lost key", "I lost my key, what now"],
     "Without the key nobody can move the money, and nobody can restore the key. Keep a copy in a safe place."),
    (["how long does a withdrawal take", "how long until my money is back", "when do I get my money back", "how long does closing take"],
     "A few blocks when the proxy agrees; if it does not answer, the contract lets you take it after a delay."),
    (["can a proxy cheat me", "can the proxy steal my money", "what if a proxy lies", "could a proxy take too much"],
     "It can only charge what it signed, at most your stake. Your client checks each bill and keeps the proof of a lie."),
    (["can a worker cheat", "what if a worker lies", "can a worker send a wrong answer", "could a worker count too many tokens"],
     "Attestation says which software a worker runs, and the client counts the tokens of the answer itself."),
    (["what is the answer limit", "how long can an answer be", "how many tokens can I get", "is there a limit for answers"],
     "You set the limit with maxTokens; I can look at 256 tokens, prompt and answer together."),
    (["which licence does it have", "is it open source", "under which licence is this", "may I use it in a product"],
     "The library is under the Apache licence 2.0, except cocoon-ton4j, which is under the GPL."),
    (["who made Cocoon", "who is behind Cocoon", "who invented Cocoon", "where does Cocoon come from"],
     "Cocoon comes from Telegram. This library for the JVM is independent of it."),
    (["what is the smallest program", "show me a small program", "show me an example in Java", "give me some code"],
     "It is in the README: build a CocoonClient, call chat, user and send, and print the text of the reply."),
    (["how do I stop a request", "how can I cancel a request", "how do I cancel an answer", "can I stop an answer"],
     "Close the stream: the worker stops within one step, and the bill says what was charged."),
    (["how do I see the bill", "where do I see what it costs", "where is the bill", "how do I know what I paid"],
     "Call bill on the reply or on the stream: it shows tokens, price and the amount."),
    (["why are you so small", "why is this model so small", "why do you know so little", "why are you not smarter"],
     "I am part of the example, so I have to be small. Give the worker a larger model and it will know more."),
    (["how do I use another model", "how can I run a larger model", "can I use my own model", "how do I load a different model"],
     "Start the quickstart with --model-folder and the folder of your model, or with --upstream and the address of a model server."),
]

ABOUT = [
    (["who are you", "what are you", "tell me about yourself", "introduce yourself", "what kind of model are you", "what is this model", "what model is this", "which model are you", "are you an AI", "are you a chatbot", "are you ChatGPT", "describe yourself", "what is your name", "are you a model", "are you a language model"],
     "I am the demonstration model of Cocoon for the JVM: very small, trained from scratch, and running inside this Java process."),
    (["what can you do", "what can I ask you", "what do you know", "how can you help me", "what are you good at", "what may I ask", "what are you able to do", "what can you tell me about", "what topics do you know", "give me some ideas what to ask", "which questions can you answer", "help", "what questions can you answer"],
     "I can explain words of the Cocoon network, name capitals, do small sums and say what comes next. For more, use a larger model."),
    (["how big are you", "how many parameters do you have", "what is your size", "are you a large model", "are you big", "are you small", "what size are you", "how large is this model", "how many weights do you have", "how large are you", "how small are you"],
     "I have fewer than three million parameters. Useful models have thousands of times more."),
    (["who made you", "who trained you", "where do you come from", "who built you", "who created you", "who wrote you", "who is your author", "how did you learn this", "on what were you trained", "how were you trained"],
     "I was trained from scratch by the authors of this library, on text that they wrote for it."),
    (["are you human", "are you a person", "are you alive", "am I talking to a human", "are you real", "are you a machine", "are you a robot", "do you have feelings", "am I talking to a machine", "are you conscious", "is there a person behind you"],
     "No, I am a small computer program."),
    (["where do you run", "where are you running", "on which machine do you run", "where is this computed", "where are you", "on which computer do you run", "do you run in the cloud", "where is your computer", "is this computed on my machine", "is this running in the cloud"],
     "I run on this machine, inside the worker that was started for you."),
    (["how are you", "how do you do", "how are you today", "how is it going", "how do you feel", "are you fine", "how is your day", "everything fine with you", "are you okay", "are you well"],
     "I am fine, thank you. What would you like to know?"),
    (["hello", "hi", "hi there", "good morning", "hey", "good evening", "hello there", "good day", "hello you", "hey there", "hi you", "good afternoon", "welcome", "greetings"],
     "Hello! Ask me about the Cocoon network, a capital or a small sum."),
    (["thank you", "thanks", "thanks a lot", "many thanks", "thank you very much", "thx", "thank you so much", "thanks for that", "that helped, thanks", "nice, thank you", "great, thanks"],
     "You are welcome."),
    (["bye", "goodbye", "see you", "good night", "see you later", "farewell", "so long", "I have to go", "have a nice day", "good bye for now", "bye bye"],
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
    (["how many days has a week", "how many days are in a week", "how many days does a week have", "how many days make a week", "a week has how many days", "count the days of a week", "tell me the number of days in a week", "the number of days in a week is what"], "A week has seven days."),
    (["how many months has a year", "how many months are in a year", "how many months does a year have", "how many months make a year", "a year has how many months", "count the months of a year", "tell me the number of months in a year", "the number of months in a year is what"], "A year has twelve months."),
    (["how many minutes has an hour", "how many minutes are in an hour", "how many minutes does an hour have", "how many minutes make an hour", "an hour has how many minutes", "count the minutes of an hour", "tell me the number of minutes in an hour", "the number of minutes in an hour is what"], "An hour has sixty minutes."),
    (["how many hours has a day", "how many hours are in a day", "how many hours does a day have", "how many hours make a day", "a day has how many hours", "count the hours of a day", "tell me the number of hours in a day", "the number of hours in a day is what"], "A day has twenty-four hours."),
    (["how many bits has a byte", "how many bits are in a byte", "how many bits does a byte have", "how many bits make a byte", "a byte has how many bits", "count the bits of a byte", "tell me the number of bits in a byte", "the number of bits in a byte is what"], "A byte has eight bits."),
    (["what colour is the sky", "which colour has the sky", "what is the colour of the sky", "the colour of the sky is what", "what color is the sky", "name the colour of the sky", "which colour does the sky have", "tell me the colour of the sky"], "The sky is blue."),
    (["what colour is grass", "which colour has grass", "what is the colour of grass", "the colour of grass is what", "what color is grass", "name the colour of grass", "which colour does grass have", "tell me the colour of grass"], "Grass is green."),
    (["what colour is snow", "which colour has snow", "what is the colour of snow", "the colour of snow is what", "what color is snow", "name the colour of snow", "which colour does snow have", "tell me the colour of snow"], "Snow is white."),
    (["why is the sky blue", "why does the sky look blue", "why is it that the sky is blue", "the sky is blue, why", "what is the reason that the sky is blue", "explain why the sky is blue", "what makes the sky blue"],
     "The air scatters blue light more than red light, so blue reaches us from every side."),
    (["how many legs has a spider", "how many legs does a spider have", "a spider has how many legs", "what is the number of legs of a spider", "how many legs do you find on a spider", "tell me how many legs a spider has", "count the legs of a spider"], "A spider has eight legs."),
    (["how many legs has a cat", "how many legs does a cat have", "a cat has how many legs", "what is the number of legs of a cat", "how many legs do you find on a cat", "tell me how many legs a cat has", "count the legs of a cat"], "A cat has four legs."),
    (["what is the largest planet", "which planet is the largest", "which is the largest planet", "what planet is the biggest", "what is the biggest planet", "name the largest planet", "name the biggest planet"], "Jupiter is the largest planet of our solar system."),
    (["what is water made of", "what does water consist of", "what makes up water", "of what is water made", "what is in water", "what elements are in water", "which elements is water made of", "which elements make water"], "Water is made of hydrogen and oxygen."),
    (["what is Java", "tell me what Java is", "what does Java mean", "explain Java", "Java", "what kind of language is Java", "Java, what is it"], "Java is a programming language whose programs run on the Java virtual machine, the JVM."),
    (["what is the JVM", "tell me what the JVM is", "what does JVM mean", "explain the JVM", "the JVM", "what kind of machine is the JVM", "the JVM, what is it"], "The JVM is the Java virtual machine: it runs programs compiled from Java on many kinds of computers."),
]

REFUSAL = "That is beyond me: I am only a small demonstration model. Ask me about the Cocoon network, a capital or a small sum."
# They do not repeat the unknown word: a model of this size copies a new word badly, and an honest answer needs no copy.
NO_CAPITAL = "I do not know that capital. I know those of fifty well-known countries."
NO_WORD = "I do not know that word. I can explain words of the Cocoon network."
UNCLEAR = "I do not understand. Ask me about the Cocoon network, a capital or a small sum."

# What the model must not pretend to know: verbs and objects are combined at random, so that it learns the kind, not the list.
OUTSIDE = ["write a poem about {}", "write a story about {}", "how do I cook {}", "what is the price of {}", "who invented {}", "tell me a joke about {}",
           "what is the weather in {}", "who won the match against {}", "translate {} into French", "what is the history of {}", "should I buy {}",
           "how do I repair {}", "write a program for {}", "what do people say about {}", "when was {} born", "how old is {}", "who is {}",
           "summarise the book about {}", "how far is it to {}", "what is the best {}", "what time is it in {}", "is {} dangerous", "draw {}",
           "give me medical advice about {}", "what are the news about {}", "how do I win against {}", "sing a song about {}",
           "compare {} with {}", "what does {} cost", "where can I find {}", "how do I get rid of {}", "recommend {}",
           "write an essay about {}", "write me a letter to {}", "make up a riddle about {}", "how do I build {}", "how do I draw {}", "how do I learn about {}",
           "how do I make {}", "how do I clean {}", "what will happen to {} tomorrow", "what did they say about {}", "what did you think about {}",
           "what is your opinion about {}", "do you like {}", "explain the meaning of {} in my dream", "teach me {}", "explain to me how {} works",
           "plan my day with {}", "plan a party for {}", "plan a trip to {}", "list ten facts about {}", "invent a name for {}", "rate {}", "why is {} so popular",
           "will {} be expensive next year", "is {} better than {}", "who wrote about {}", "when did {} begin", "how many people like {}", "how heavy is {}",
           "how tall is {}", "what is {} in Spanish", "spell {} backwards", "solve this riddle about {}", "play {} with me", "book a table near {}",
           "send a message to {}", "remind me of {} tomorrow", "what are the side effects of {}", "can I eat {}", "where was {} made", "what happened to {} in 1990"]
HELD_OUTSIDE = ["compose a letter about {}", "how do I grow {}", "what did the president say about {}", "explain the rules of {}", "plan a holiday with {}"]
THINGS = ["rice", "a dragon", "the moon", "love", "football", "a bicycle", "London", "the king", "a cake", "soup", "the sea", "gold", "my car",
          "a horse", "bread", "Mozart", "the war", "a computer game", "chess", "roses", "a cold", "headaches", "shoes", "a house", "music", "tea",
          "coffee", "the stock market", "a lion", "mathematics", "the universe", "Napoleon", "a guitar", "the train", "the economy", "a film",
          "winter", "chocolate", "politics", "a phone", "the bank", "fish", "the president", "a garden", "history", "Shakespeare", "bees", "a ship",
          "pizza", "my boss", "a wedding", "the weather", "Berlin", "Paris", "Africa", "the Romans", "a volcano", "basketball", "a violin", "yoga", "a mountain",
          "my dog", "apples", "the theatre", "a bridge", "poker", "the queen", "a spaceship", "potatoes", "wine", "the internet", "an elephant", "a doctor"]
HELD_THINGS = ["tomatoes", "a castle", "tennis", "the opera", "a robot"]
SYLLABLES = "ba be bo da dor el fan gar hul ib jo ka kel lo mar mi nor ol pra qui ran sil tor ul van wes xan yor zim".split()

# Ways of asking that leave the question as it is, and other words for the same: so that wordings that were never seen are near ones that were.
WRAPS = ["{}"] * 14 + ["I want to know: {}", "my question is: {}", "here is my question: {}", "someone asked me: {}", "do you know {}", "sorry, {}", "ok, {}",
                       "so {}", "and {}", "well, {}", "{}, do you know", "{} exactly", "really, {}", "a friend asks: {}", "just tell me, {}", "let me ask: {}"]
SYNONYMS = [("what is", "what's"), ("what is", "whats"), ("what is", "what would be"), ("explain", "clarify"), ("tell me", "let me know"), ("how do I", "how can I"),
            ("how do I", "how should I"), ("how do I", "how would one"), ("how can I", "how do I"), ("can I", "may I"), ("can I", "am I able to"), ("can I", "is it possible to"),
            ("do I need", "must I have"), ("what happens if", "what will happen if"), ("what happens when", "what will happen when"), ("what if", "what happens if"),
            ("who is", "who's"), ("how many", "what number of"), ("which", "what"), ("name the", "say the"), ("give me", "show me"), ("are you", "would you say you are"),
            ("my ", "a "), ("the ", ""), ("a ", ""), ("you ", "u "), ("are ", "r "), ("question", "request"), ("question", "prompt"), ("money", "funds"),
            ("machine", "computer"), ("fast", "quick"), ("start", "launch"), ("start", "set up"), ("because", "since"), ("dies", "fails"), ("crashes", "breaks")]


def vary(random, text):
    """Other words for the same, and now and then a slip of the finger."""
    if random.random() < 0.35:
        fitting = [pair for pair in SYNONYMS if pair[0] in text]
        if fitting:
            text = text.replace(*random.choice(fitting), 1)
    if random.random() < 0.06:
        i = random.randrange(len(text))
        if text[i].isalpha():
            text = text[:i] + random.choice([text[i] * 2, "", text[i + 1:i + 2] + text[i]]) + text[i + (1 if random.random() < 0.5 else 2):]
    return random.choice(WRAPS).format(text) if random.random() < 0.5 else text


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
    text = vary(random, text)
    text = random.choice(OPENINGS) + text + random.choice(ENDINGS)
    mark = random.choice(["?", "?", "?", "", "."])
    if text and random.random() < 0.6:
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
        # Mostly invented ones, so that the model learns to repeat what it was told and not a list.
        name = random.choice(NAMES) if random.random() < 0.4 else word(random).capitalize()
        return (random.choice(["My name is {}.", "I am {}.", "Call me {}.", "Hello, I am {}.", "Hi, my name is {}"]).format(name),
                f"Nice to meet you, {name}. What would you like to know?", ("name", name))
    if kind < 0.885:
        country = word(random).capitalize()
        return sentence(random, random.choice(CAPITAL).format(country)), NO_CAPITAL, None
    if kind < 0.91:
        term = word(random)
        term = random.choice(["a " + term, "the " + term, term])
        return sentence(random, random.choice(DEFINE[:6]).format(term)), NO_WORD, None
    if kind < 0.92:
        letters = "".join(random.choice("abcdefghijklmnopqrstuvwxyz ;.,") for _ in range(random.randint(3, 14))).strip() or "qq"
        return letters, UNCLEAR, None
    things = THINGS if random.random() < 0.6 else [random.choice(["", "a ", "the ", "my "]) + word(random)]
    question = fill(random, random.choice(OUTSIDE), things)
    return sentence(random, question), REFUSAL, None


def follow_up(random, subject):
    """A question that only makes sense after what was said."""
    kind, value = subject
    if kind == "term" and value in WHYS and random.random() < 0.7:
        return random.choice(["Why does that matter?", "Why is that important?", "And why do I need it?", "why does it matter", "Why?", "why do I need that", "What is it good for?", "Is that important?"]), WHYS[value], None
    if kind == "term":
        if random.random() < 0.5:
            other = random.choice(list(DEFINITIONS))
            return random.choice(["And {}?", "What about {}?", "and what is {}", "Then what is {}?"]).format(random.choice([other, bare(other)])), DEFINITIONS[other], ("term", other)
        return random.choice(["Can you repeat that?", "Say that again, please.", "once more", "Again, please", "I did not get that."]), DEFINITIONS[value], subject
    if kind == "country":
        country = random.choice(list(CAPITALS))
        return (random.choice(["And of {}?", "And {}?", "What about {}?", "and the one of {}"]).format(country),
                f"The capital of {country} is {CAPITALS[country]}.", ("country", country))
    if kind == "number":
        b = random.randint(0, 10)
        return random.choice(["And plus {}?", "plus {}", "Add {} to that.", "and {} more?"]).format(b), f"{value} + {b} = {value + b}.", ("number", value + b)
    return random.choice(["What is my name?", "Do you know my name?", "Who am I?", "what am I called", "And what is my name?", "Tell me my name.", "my name is what?", "Say my name."]), f"Your name is {value}.", ("name", value)


def dialogue(random):
    turns = []
    if random.random() < 0.15:
        turns.append(("system", random.choice(["You are a helpful assistant.", "Answer in one sentence.", "Be brief.", "You are the demonstration model of Cocoon."])))
    named, subject = None, None
    for i in range(random.choice([1, 1, 1, 2, 2, 3, 4])):
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
        kind = ["definition", "network", "about", "capital", "sum", "difference", "fact", "outside", "no-capital", "name", "why", "next-capital"][i % 12]
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
            question, right = random.choice(HELD_CAPITAL).format(country), [NO_CAPITAL]
        elif kind == "why":
            term = random.choice(list(WHYS))
            before = [("user", f"What is {term}?"), ("assistant", DEFINITIONS[term])]
            question, right = random.choice(["And why does this matter", "Why would I care about that"]), [WHYS[term]]
        elif kind == "next-capital":
            first, country = random.sample(list(CAPITALS), 2)
            before = [("user", f"What is the capital of {first}?"), ("assistant", f"The capital of {first} is {CAPITALS[first]}.")]
            question, right = random.choice(["And which one has {}", "How about {}"]).format(country), [f"The capital of {country} is {CAPITALS[country]}."]
        else:
            name = random.choice(HELD_NAMES)
            before = [("user", f"My name is {name}."), ("assistant", f"Nice to meet you, {name}. What would you like to know?")]
            question, right = "Please, what is my name", [f"Your name is {name}."]
        question = question[0].upper() + question[1:] + "?"
        cases.append((kind, before + [("user", question)], right))
    return cases
